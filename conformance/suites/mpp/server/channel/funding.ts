/** A deposit is what a transaction of the payer really put into the reserve: once, for this channel, for deposit only. */
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import { abi as tokenAbi } from '../../../../../src/contracts/token-abi.ts'
import { keccak256, keccakText } from '../../../../../src/keys/keccak.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, holdsIf } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { judgeLabel } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { intruder } from '../strangers.ts'
import { refuses } from '../verbs.ts'

/** Gas for transactions that a node would refuse to estimate, because they revert. */
const gas = 1_000_000n
const uncovered = 'vouchers are accepted that no deposit covers'

export const funding = scenario({
  id: 'mpp/server/funding',
  title: 'A deposit is what a transaction of the payer really put into the reserve, once',
  needs: ['stream'],
  checks: {
    'funding.as-received': 'SESS-FEE-004',
    'funding.reverted-open': ['SESS-OPEN-006', 'SESS-OPEN-007'],
    'funding.refused-not-sent': ['SESS-OPEN-013', 'SESS-FEE-009'],
    'funding.transfer-for-top-up': 'SESS-TOPUP-004',
    'funding.open-for-top-up': 'SESS-TOPUP-004',
    'funding.reverted-top-up': ['SESS-TOPUP-007', 'SESS-TOPUP-006'],
    'funding.unknown-challenge': 'SESS-TOPUP-003',
    'funding.unknown-challenge-label': ['SESS-ERR-009', 'SESS-TOPUP-003'],
    'funding.no-free-credit': 'SESS-TOPUP-009',
    'funding.credited-once': 'SESS-TOPUP-010',
    'funding.both-credited': 'SESS-TOPUP-008',
  },
  faults: () => import('./funding.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    await opens(t, fixtures)
    await lies(t, fixtures)
    await credit(t, fixtures)
    await concurrent(t, fixtures)
  },
})

type T = Parameters<typeof funding.run>[0]

async function opens(t: T, fixtures: Fixtures): Promise<void> {
  const { payer, units, subject } = fixtures
  const { chain } = subject.options
  const mined = async (raw: `0x${string}`) =>
    (await chain.rpc.request({ method: 'eth_getTransactionReceipt', params: [keccak256(raw)] })) !== null
  await t.check('funding.as-received', async () => {
    if (subject.terms.methodDetails.feePayer === true)
      return absent('the server pays fees: it adds its signature')
    const prepared = await payer.prepareOpen({ initial: units(2) })
    const answer = await payer.send(prepared)
    await answer.text()
    if (!answer.accepted) throw new Blocked(`a lawful open was answered ${answer.status}`)
    return holdsIf(
      await mined(prepared.payload.transaction),
      'the very transaction that was handed over, on chain',
      'the chain does not know it',
    )
  })
  await t.check('funding.reverted-open', async () => {
    const poor = await fixtures.anotherPayer()
    const balance = await chain.balance(subject.terms.currency, poor.address)
    const prepared = await poor.prepareOpen({ deposit: balance * 2n, gas })
    const answer = await poor.sendAltered(prepared, {}, { note: 'deposits twice what the payer has' })
    await answer.text()
    if (answer.accepted)
      return broken('a refusal: the transaction reverts', String(answer.status), { money: uncovered })
    const voucher = await prepared.channel.voucher(units(1))
    await voucher.text()
    const twin = await poor.send(await poor.prepareOpen())
    await twin.text()
    if (!twin.accepted) throw new Blocked(`a lawful open was answered ${twin.status}`)
    return holdsIf(!voucher.accepted, 'no voucher on a channel that was not opened', String(voucher.status))
  })
  await t.check('funding.refused-not-sent', async () => {
    const prepared = await payer.prepareOpen({ voucherBy: intruder })
    const answer = await payer.send(prepared)
    await answer.text()
    if (answer.accepted) return broken('a refusal', String(answer.status))
    const lawful = await payer.prepareOpen()
    const twin = await payer.send(lawful)
    await twin.text()
    if (!twin.accepted || !(await mined(lawful.payload.transaction)))
      throw new Blocked(`a lawful open was answered ${twin.status}`)
    const sent = await mined(prepared.payload.transaction)
    if (sent) payer.remember(prepared.channel)
    return sent
      ? broken(
          'a transaction is sent once its credential is good',
          'it was sent, then the credential refused',
          {
            money: 'the deposit is locked in a channel the server does not know',
          },
        )
      : { found: 'holds' }
  })
}

/** Top-ups whose transaction does something else. */
async function lies(t: T, { payer, units, subject }: Fixtures): Promise<void> {
  /** The payload of a lawful top-up with another transaction in it. */
  const instead = async (
    check: 'funding.transfer-for-top-up' | 'funding.open-for-top-up' | 'funding.reverted-top-up',
    channel: ChannelUnderTest,
    transaction: () => Promise<`0x${string}`>,
    additionalDeposit = units(10),
  ) => {
    const attempt = {
      act: async () => {
        const { id: channelId, descriptor } = channel
        const payload = { action: 'topUp', type: 'transaction', channelId, descriptor } as const
        const lying = { ...payload, additionalDeposit, transaction: await transaction() }
        return channel.send(Payload.toJson(lying))
      },
      twin: () => channel.topUp(units(10)),
    }
    await refuses(t, check, { ...attempt, position: channel.position, money: uncovered })
  }
  const { terms, options } = subject
  await instead('funding.transfer-for-top-up', await payer.open(), async () => {
    const data = tokenAbi.encodeCall('transfer', { to: Reserve.address, amount: units(10) })
    const call = { to: terms.currency, data }
    return (await options.chain.sign(payer.account, [call], { feeToken: terms.currency })).raw
  })
  await instead('funding.open-for-top-up', await payer.open(), async () => {
    const other = await payer.prepareOpen({ deposit: units(10) })
    return other.payload.transaction
  })
  // The fee of a transaction that reverts is the payer's loss, and no sign that anything else moved.
  const broke = await payer.open()
  await t.check('funding.reverted-top-up', async () => {
    const balance = await options.chain.balance(terms.currency, payer.address)
    const payload = await broke.prepareTopUp(balance * 2n, gas)
    const answer = await broke.send(Payload.toJson(payload), { note: 'deposits twice what the payer has' })
    await answer.text()
    if (answer.accepted)
      return broken('a refusal: the transaction reverts', String(answer.status), { money: uncovered })
    const above = await broke.send(Payload.toJson(await broke.signVoucher(broke.deposit + 1n)))
    await above.text()
    const twin = await broke.topUp(units(10))
    await twin.text()
    if (!twin.accepted) throw new Blocked(`a lawful top-up was answered ${twin.status}`)
    return holdsIf(!above.accepted, 'no voucher above the deposit on chain', String(above.status))
  })
  const unasked = await payer.open()
  const challenge = await subject.challenge()
  const id = keccakText(`${challenge.id} of another`).slice(2, 45)
  const answer = await unasked.send(Payload.toJson(await unasked.prepareTopUp(units(10))), {
    challenge: { ...challenge, id },
    note: 'a top-up that answers a challenge nobody issued',
  })
  const body = await answer.text()
  await t.check('funding.unknown-challenge', async () => {
    if (answer.status !== 402) return broken('402', String(answer.status))
    return equal((await unasked.slot()).deposit, unasked.deposit, 'deposit on chain')
  })
  await t.check('funding.unknown-challenge-label', () =>
    judgeLabel(answer, body, ['session/challenge-not-found', 'payment-expired', 'invalid-challenge']),
  )
}

/** All that was authorized is spent: a deposit authorizes nothing, a voucher does. */
async function credit(t: T, { payer, units }: Fixtures): Promise<void> {
  const channel = await payer.open()
  await channel.streamToPause(units(2))
  const raised = await channel.topUp(units(50))
  await raised.text()
  await t.check('funding.no-free-credit', async () => {
    if (!raised.accepted) throw new Blocked(`a lawful top-up was answered ${raised.status}`)
    const again = await channel.stream(units(2))
    if (again.isEventStream) await again.firstSign()
    const free = again.units.length
    again.abort()
    if (free > 0)
      return broken('no unit before a new voucher', `${free} units`, { money: 'service for nothing' })
    const more = await channel.streamToPause(units(3))
    return equal(more.units.length, 1, 'units for a voucher of one unit more')
  })
}

/** Top-ups at the same moment: the same one counts once, two count twice. */
async function concurrent(t: T, { payer, units }: Fixtures): Promise<void> {
  const exactly = async (channel: ChannelUnderTest) => {
    const { deposit } = await channel.slot()
    const above = await channel.send(Payload.toJson(await channel.signVoucher(deposit + 1n)))
    await above.text()
    if (above.accepted)
      return broken(`no voucher above the deposit of ${deposit}`, String(above.status), { money: uncovered })
    const whole = await channel.voucher(deposit)
    await whole.text()
    return holdsIf(whole.accepted, `2xx for exactly the deposit of ${deposit}`, String(whole.status))
  }
  const together = async (channel: ChannelUnderTest, payloads: readonly object[]) => {
    const answers = await Promise.all(payloads.map((payload) => channel.send(payload)))
    await Promise.all(answers.map((answer) => answer.text()))
    await channel.lookUpDeposit()
    return answers
  }
  const one = await payer.open()
  await t.check('funding.credited-once', async () => {
    const payload = Payload.toJson(await one.prepareTopUp(units(10)))
    const before = one.deposit
    const answers = await together(one, [payload, payload, payload])
    if (!answers.some((answer) => answer.accepted))
      throw new Blocked('none of three equal top-ups was accepted')
    if (one.deposit !== before + units(10)) return equal(one.deposit, before + units(10), 'deposit on chain')
    return exactly(one)
  })
  const two = await payer.open()
  await t.check('funding.both-credited', async () => {
    const payloads = [await two.prepareTopUp(units(10)), await two.prepareTopUp(units(20))].map(
      Payload.toJson,
    )
    const before = two.deposit
    await together(two, payloads)
    if (two.deposit !== before + units(30)) return equal(two.deposit, before + units(30), 'deposit on chain')
    return exactly(two)
  })
}
