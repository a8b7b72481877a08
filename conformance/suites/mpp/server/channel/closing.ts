/** A close captures by the server's books, is paid by the server, and ends the channel for every later credential. */

import { abi as tokenAbi } from '../../../../../src/contracts/token-abi.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, holdsIf } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { receiptFrom } from '../../../../peers/mpp/payer/receipt.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { stranger } from '../strangers.ts'
import { accepts, refuses } from '../verbs.ts'

export const closing = scenario({
  id: 'mpp/server/closing',
  title: "A close captures by the server's books and leaves nothing to be used again",
  needs: ['stream'],
  checks: {
    'closing.by-books': ['SESS-CLOSE-014', 'SESS-CLOSE-005'],
    'closing.below-accepted': 'SESS-CLOSE-003',
    'closing.pays-payee': ['SESS-SETL-002', 'CHAN-OPER-002'],
    'closing.server-pays': 'SESS-FEE-008',
    'closing.above-deposit': ['SESS-CLOSE-014', 'SESS-CLOSE-004'],
    'closing.after-lower': ['SESS-VOUCH-005', 'SESS-SIG-013'],
    'closing.nothing-signed': 'SESS-CLOSE-003',
    'closing.stranger': ['SESS-CLOSE-009', 'SESS-SIG-010'],
    'closing.other-domain': ['SESS-CLOSE-009', 'SESS-SIG-012'],
    'closing.other-channel': ['SESS-CLOSE-009', 'SESS-VOUCH-015'],
    'closing.then-open': ['SESS-OPEN-011', 'SESS-CLOSE-010'],
    'closing.then-head': 'SESS-CLOSE-010',
  },
  faults: () => import('./closing.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    await unlawful(t, fixtures)
    await captures(t, fixtures)
    if (t.wants('closing.after-lower')) await afterLower(t, fixtures)
    if (t.wants('closing.below-accepted', ...afterwards)) await lawful(t, fixtures)
  },
})

type T = Parameters<typeof closing.run>[0]

/** What is judged of a channel that was closed lawfully. */
const afterwards = [
  'closing.pays-payee',
  'closing.server-pays',
  'closing.then-open',
  'closing.then-head',
] as const

async function lawful(t: T, { payer, units, subject }: Fixtures): Promise<void> {
  const { chain } = subject.options
  const prepared = await payer.prepareOpen()
  const opened = await payer.send(prepared)
  await opened.text()
  if (!opened.accepted) throw new Blocked(`a lawful open was answered ${opened.status}`)
  const { channel } = prepared
  await channel.consume(3)
  await (await channel.voucher(units(6))).text()
  // Less than was accepted and exactly what was delivered (spec/readings.md A15).
  const answer = await channel.close(units(3))
  await accepts(t, 'closing.below-accepted', async () => answer)
  if (!answer.accepted) throw new Blocked(`a lawful close was answered ${answer.status}`)
  const named = () => {
    const hash = receiptFrom(answer, payer.subject)?.txHash
    if (hash === undefined) throw new Blocked('the close names no transaction')
    return hash
  }
  await t.check('closing.pays-payee', async () => {
    const { logs } = await subject.transaction(named())
    const paid = logs
      .filter(({ address }) => address.toLowerCase() === subject.terms.currency)
      .map((log) => tokenAbi.decodeLog(log))
      .filter((event) => event?.name === 'Transfer' && event.args['from'] === channel.domain.escrow)
      .filter((event) => event?.args['to'] === subject.terms.recipient)
      .reduce((sum, event) => sum + (event?.args['amount'] as bigint), 0n)
    const before = (await channel.backing.settlements(channel.id)).reduce(
      (sum, { deltaPaid }) => sum + deltaPaid,
      0n,
    )
    return equal(before + paid, units(3), 'paid by the reserve to the payee')
  })
  await t.check('closing.server-pays', async () => {
    const found = (await chain.rpc.request({ method: 'eth_getTransactionReceipt', params: [named()] })) as {
      from?: string
      feePayer?: string
    } | null
    const who = [found?.from, found?.feePayer].map((address) => address?.toLowerCase())
    return holdsIf(
      found?.from !== undefined && !who.includes(payer.address),
      'a transaction the payer neither sent nor paid',
      `from ${found?.from}`,
    )
  })
  await t.check('closing.then-open', async () => {
    const again = await payer.sendAltered(prepared, {}, { note: 'opens the closed channel again' })
    await again.text()
    return holdsIf(again.status >= 400, 'a refusal', String(again.status))
  })
  await t.check('closing.then-head', async () => {
    const later = await channel.voucher(units(7), {}, { method: 'HEAD' })
    await later.text()
    return holdsIf(later.status >= 400, 'a refusal', String(later.status))
  })
}

/** The amount of the close voucher is no amount to capture, whatever it is (spec/readings.md A14, A16). */
async function captures(t: T, { payer, units }: Fixtures): Promise<void> {
  if (t.wants('closing.by-books')) {
    const generous = await payer.open()
    await generous.consume(2)
    await t.check('closing.by-books', async () => {
      await (await generous.close(units(9))).text()
      const [found] = await generous.backing.closings(generous.id)
      return equal(found?.settledToPayee, units(2), 'captured')
    })
  }
  if (!t.wants('closing.above-deposit')) return
  const high = await payer.open()
  await high.consume(2)
  await t.check('closing.above-deposit', async () => {
    const sent = await high.close(high.deposit + units(1))
    await sent.text()
    const [found] = await high.backing.closings(high.id)
    if (!sent.accepted && found === undefined)
      return absent(`refused with ${sent.status}, which is allowed too`)
    return equal(found?.settledToPayee, units(2), 'captured')
  })
}

/** What was signed for less must not take the place of what was signed for more: the chain looks at the signature. */
async function afterLower(t: T, { payer, units }: Fixtures): Promise<void> {
  const channel = await payer.open()
  await channel.consume(3)
  await (await channel.voucher(units(6))).text()
  await t.check('closing.after-lower', async () => {
    // Whether it is refused is judged elsewhere.
    await (await channel.send(Payload.toJson(await channel.signVoucher(units(4))))).text()
    const answer = await channel.close(units(6))
    const body = await answer.text()
    const [closed] = await channel.backing.closings(channel.id)
    if (closed === undefined)
      return broken('a close, as before the lower voucher', describe(answer, body), {
        money: 'what was delivered cannot be collected',
      })
    // How much more is captured is judged elsewhere.
    return holdsIf(
      closed.settledToPayee >= units(3),
      `at least ${units(3)} captured`,
      `${closed.settledToPayee} captured`,
    )
  })
}

type Signing = Parameters<ChannelUnderTest['signVoucher']>

async function unlawful(t: T, { payer, units }: Fixtures): Promise<void> {
  /** A close of a channel on which two units were delivered, written by `build`. */
  const refused = (
    check: 'closing.nothing-signed' | 'closing.stranger' | 'closing.other-domain' | 'closing.other-channel',
    signing: (channel: ChannelUnderTest) => Signing,
    money = 'anybody can end the channel, or make the payee pay for a close that reverts',
  ) =>
    refuses(t, check, async () => {
      const channel = await payer.open()
      // Where nothing was consumed the chain looks at no signature: the server must.
      if (check === 'closing.nothing-signed') await channel.consume(2)
      const act = async () => {
        const [amount, ...how] = signing(channel)
        return channel.send(Payload.toJson(await channel.signClose(amount, ...how)))
      }
      return { act, twin: () => channel.close(units(2)), position: channel.position, money }
    })
  await refused('closing.nothing-signed', () => [0n], 'what was delivered is not paid')
  await refused('closing.stranger', () => [units(2), stranger])
  await refused('closing.other-domain', ({ domain }) => [
    units(2),
    payer.account,
    { ...domain, chainId: domain.chainId + 1 },
  ])
  if (!t.wants('closing.other-channel')) return
  const { id: channelId } = await payer.open()
  await refused('closing.other-channel', ({ domain }) => [units(2), payer.account, { ...domain, channelId }])
}
