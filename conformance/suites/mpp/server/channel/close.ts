/** A close pays the payee what was consumed, the payer the rest, and ends the channel. */
import * as CloseAuthorization from '../../../../../src/contracts/close-authorization.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, equal, holdsIf } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import type { Payer } from '../../../../peers/mpp/payer/payer.ts'
import { receiptFrom } from '../../../../peers/mpp/payer/receipt.ts'
import { judgeLabel } from '../answers.ts'
import { noDescriptor } from '../attempts.ts'
import type { Fixtures } from '../fixtures.ts'
import { highS } from '../signatures.ts'
import { stranger } from '../strangers.ts'
import { type Attempt, accepts, refuses, refusesAs, refusesEach } from '../verbs.ts'

export const close = scenario({
  id: 'mpp/server/close',
  title: 'A close pays what was consumed, refunds the rest, and ends the channel',
  needs: ['stream'],
  checks: {
    'close.accepted': 'SESS-GEN-003',
    'close.transaction': 'SESS-CLOSE-007',
    'close.captures-spent': 'SESS-CLOSE-005',
    'close.refunds-rest': 'SESS-CLOSE-006',
    'close.slot-gone': 'SESS-CLOSE-008',
    'close.unused': 'SESS-CLOSE-004',
    'close.equal-to-spent': 'SESS-CLOSE-003',
    'close.underpaid': 'SESS-CLOSE-003',
    'close.bad-signature': 'SESS-CLOSE-009',
    'close.bad-signature-label': 'SESS-ERR-003',
    'close.high-s': ['SESS-SIG-007', 'SESS-CLOSE-009'],
    'close.other-descriptor': 'SESS-CLOSE-002',
    'close.authorization': 'SESS-CLOSE-015',
    'close.then-voucher': 'SESS-CLOSE-010',
    'close.then-voucher-label': 'SESS-ERR-008',
    'close.then-stream': 'SESS-CLOSE-010',
    'close.then-top-up': 'SESS-CLOSE-010',
    'close.again': 'SESS-CLOSE-010',
  },
  faults: () => import('./close.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const { payer, units, subject } = fixtures
    const channel = await consumed(fixtures, 3)
    // More is authorized than was consumed: a close must not take it.
    await (await channel.voucher(units(5))).text()
    const balance = () => subject.options.chain.balance(subject.terms.currency, payer.address)
    const before = await balance()
    const answer = await channel.close(units(9))
    await accepts(t, 'close.accepted', async () => answer)
    if (!answer.accepted) throw new Blocked(`a lawful close was answered ${answer.status}`)
    const named = () => receiptFrom(answer)?.txHash
    await t.check('close.transaction', () =>
      holdsIf(receiptFrom(answer, subject)?.txHash !== undefined, 'a receipt with txHash', 'none'),
    )
    await t.check('close.captures-spent', async () => {
      const hash = named()
      const closing =
        hash === undefined
          ? (await channel.backing.closings(channel.id))[0]
          : channel.backing.closingIn(await subject.transaction(hash), channel.id)
      return equal(closing?.settledToPayee, units(3), 'captured')
    })
    await t.check('close.refunds-rest', async () =>
      equal((await balance()) - before, channel.deposit - units(3), 'refund'),
    )
    await t.check('close.slot-gone', async () =>
      equal((await channel.slot()).deposit, 0n, 'deposit on chain'),
    )
    await afterwards(t, channel, fixtures)

    await t.check('close.unused', async () => {
      const unused = await payer.open()
      const start = await balance()
      await (await unused.closeUnused()).text()
      return equal((await balance()) - start, unused.deposit, 'refund of a channel that delivered nothing')
    })
    await t.check('close.equal-to-spent', async () => {
      const exact = await consumed(fixtures, 2)
      const closed = await exact.close(units(2))
      await closed.text()
      return holdsIf(closed.accepted, '2xx for a voucher equal to spent', String(closed.status))
    })
    await unlawful(t, fixtures)
  },
})

type T = Parameters<typeof close.run>[0]

/** A channel on which exactly `count` units were delivered and paid. */
async function consumed({ payer }: Fixtures, count: number): Promise<ChannelUnderTest> {
  const channel = await payer.open()
  await channel.consume(count)
  return channel
}

/** What a closed channel must not do any more. */
async function afterwards(t: T, channel: ChannelUnderTest, { units }: Fixtures): Promise<void> {
  const refused = (
    check: Parameters<T['check']>[0],
    act: () => Promise<{ status: number; text(): Promise<string> }>,
  ) =>
    t.check(check, async () => {
      const answer = await act()
      await answer.text()
      return holdsIf(answer.status >= 400, 'a refusal', String(answer.status))
    })
  const later = await channel.voucher(units(10))
  const body = await later.text()
  await refused('close.then-voucher', async () => ({ status: later.status, text: async () => body }))
  await t.check('close.then-voucher-label', () =>
    judgeLabel(later, body, ['session/channel-finalized', 'session/channel-not-found']),
  )
  await t.check('close.then-stream', async () => {
    const stream = await channel.stream(units(11))
    if (stream.isEventStream) await stream.firstSign()
    stream.abort()
    return equal(stream.units.length, 0, 'units after the close')
  })
  await refused('close.then-top-up', async () =>
    channel.send(Payload.toJson(await prepared(channel, units(5)))),
  )
  await refused('close.again', async () => {
    return channel.send(Payload.toJson(await channel.signClose(units(9))))
  })
}

/** A top-up for a channel that is gone: the transaction cannot even be estimated, so an old one is reused. */
async function prepared(channel: ChannelUnderTest, amount: bigint): Promise<Payload.TopUp> {
  const alive = await channel.payer.open()
  const { transaction } = await alive.prepareTopUp(amount)
  return {
    action: 'topUp',
    type: 'transaction',
    ...channel.named,
    transaction,
    additionalDeposit: amount,
  }
}

async function unlawful(t: T, fixtures: Fixtures): Promise<void> {
  const { payer, units } = fixtures
  await refuses(t, 'close.underpaid', async () => {
    const three = await consumed(fixtures, 3)
    return {
      act: async () => three.send(Payload.toJson(await three.signClose(units(2)))),
      twin: () => three.close(units(3)),
      position: three.position,
      money: 'what was delivered is not paid',
    }
  })
  await refusesAs(
    t,
    'close.bad-signature',
    'close.bad-signature-label',
    ['session/invalid-signature', 'session/signer-mismatch'],
    onClose(
      payer,
      (channel) => channel.close(undefined, { signature: `0x${'5a'.repeat(64)}1b` }),
      'the close reverts and the channel is lost or left open',
    ),
  )
  // Nothing was consumed, so the chain would not look at the signature: the server must.
  await refuses(
    t,
    'close.high-s',
    onClose(payer, async (channel) => {
      const lawful = await channel.signVoucher(units(1))
      return channel.close(units(1), { signature: highS(lawful.signature) })
    }),
  )
  if (payer.protocol === 'v1') {
    await t.check('close.other-descriptor', () => absent(noDescriptor))
    return t.check('close.authorization', () => absent('v1 closes have none'))
  }
  await refuses(t, 'close.other-descriptor', async () => {
    const { descriptor } = await payer.open()
    return onClose(payer, (channel) => channel.close(undefined, { descriptor }))()
  })
  if (t.wants('close.authorization')) await authorization(t, fixtures)
}

/** A close of a channel on which one unit is accepted and none was delivered; a lawful close of it is the twin. */
const onClose =
  (payer: Payer, act: (channel: ChannelUnderTest) => Promise<Exchange>, money?: string) =>
  async (): Promise<Attempt> => {
    const channel = await payer.open()
    return {
      act: () => act(channel),
      twin: () => channel.close(),
      position: channel.position,
      ...(money === undefined ? {} : { money }),
    }
  }

/**
 * A server that refuses closes without a consent must look at it. One that takes them without knows none, as the drafts
 * do, and is not judged; nor is one that takes any consent, if it takes none as well (spec/readings.md A28).
 */
async function authorization(t: T, { payer, units }: Fixtures): Promise<void> {
  const probe = await payer.open()
  const without = await probe.close(
    undefined,
    { closeSignature: undefined },
    { note: 'without closeSignature' },
  )
  await without.text()
  if (without.accepted)
    return t.check('close.authorization', () => absent('closes are taken without closeSignature'))
  const channel = await payer.open()
  const other = await payer.open()
  const amount = units(1)
  const signatures = {
    "the voucher's own signature": (await channel.signVoucher(amount)).signature,
    'for another amount': (await channel.signClose(units(2))).closeSignature,
    'for another channel': (await other.signClose(amount)).closeSignature,
    'by a stranger': await CloseAuthorization.sign(
      { channelId: channel.id, cumulativeAmount: amount },
      channel.domain,
      stranger,
    ),
  }
  const acts = Object.entries(signatures).map(([what, closeSignature]) => {
    const note = `closeSignature: ${what}`
    return [note, async () => channel.close(amount, { closeSignature }, { note })] as const
  })
  await refusesEach(t, 'close.authorization', Object.fromEntries(acts), {
    twin: () => channel.close(amount),
    position: channel.position,
    money: 'whoever knows a voucher can end the channel',
  })
}
