/** v1 sessions: channels of an escrow contract, named by their id alone, closed by one of their vouchers. */
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, equal, holdsIf } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import type { Payer, PreparedOpen } from '../../../../peers/mpp/payer/payer.ts'
import { receiptOf } from '../../../../peers/mpp/payer/receipt.ts'
import type { Subject } from '../../../../peers/mpp/payer/subject.ts'
import { onOpen, onVoucher, uncollectable } from '../attempts.ts'
import type { Fixtures } from '../fixtures.ts'
import { highS } from '../signatures.ts'
import { stranger } from '../strangers.ts'
import { accepts, refuses } from '../verbs.ts'
import { otherVoucher } from './protocol.ts'

export const v1 = scenario({
  id: 'mpp/server/v1',
  title: 'A v1 session pays on a channel of the escrow',
  needs: ['v1'],
  checks: {
    'v1.open': 'SESS-OPEN-015',
    'v1.on-chain': ['SESS-OPEN-007', 'ESC-ID-001'],
    'v1.wrong-payee': ['SESS-OPEN-008', 'SESS-OPEN-002'],
    'v1.wrong-channel-id': ['SESS-OPEN-018', 'SESS-OPEN-003'],
    'v1.stranger-voucher': 'SESS-OPEN-013',
    'v1.small-deposit': 'SESS-OPEN-010',
    'v1.pending-close': 'SESS-OPEN-012',
    'v1.finalized': 'SESS-OPEN-011',
    'v1.voucher': 'SESS-VOUCH-010',
    'v1.beyond-uint96': 'SESS-VOUCH-008',
    'v1.wrapped-amount': 'SESS-ENC-007',
    'v1.high-s': 'SESS-SIG-007',
    'v1.v2-voucher': 'SESS-PROTO-004',
    'v1.v2-channel': 'SESS-PROTO-004',
    'v1.on-v2': 'SESS-PROTO-004',
    'v1.stream': 'SESS-SSE-015',
    'v1.top-up': 'SESS-TOPUP-007',
    'v1.top-up-elsewhere': 'SESS-TOPUP-004',
    'v1.close': 'SESS-CLOSE-007',
    'v1.captures-spent': 'SESS-CLOSE-004',
    'v1.refunds-rest': ['SESS-CLOSE-006', 'ESC-FN-003'],
    'v1.unused': 'SESS-CLOSE-004',
    'v1.after-close': ['SESS-CLOSE-010', 'ESC-FN-003'],
    'v1.reopened': ['SESS-OPEN-011', 'SESS-OPEN-016'],
  },
  faults: () => import('./v1.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const at = fixtures.subject.at('v1')
    const payer = await fixtures.anotherPayer(at)
    const setting: Setting = { ...fixtures, at, payer }
    const first = await payer.prepareOpen()
    const opened = await payer.send(first)
    await accepts(t, 'v1.open', async () => opened)
    if (!opened.accepted) throw new Blocked(`a lawful open was answered ${opened.status}`)
    await t.check('v1.on-chain', async () =>
      equal((await first.channel.slot()).deposit, payer.deposit, 'deposit under the derived id'),
    )
    await opens(t, setting)
    await vouchers(t, setting)
    await protocols(t, setting)
    await topUps(t, setting)
    await closes(t, setting)
  },
})

type T = Parameters<typeof v1.run>[0]

/** The fixtures, with a payer at the v1 resource. */
interface Setting extends Omit<Fixtures, 'payer'> {
  at: Subject
  payer: Payer
}

async function opens(t: T, setting: Setting): Promise<void> {
  const { payer, at } = setting
  const lost = 'the payee serves and is never paid'
  const elsewhere = { payee: stranger.address }
  await refuses(
    t,
    'v1.wrong-payee',
    onOpen(payer, { calldata: elsewhere, described: elsewhere }, undefined, lost),
  )
  // A channel of its own payer, that nobody funded.
  const onUnfunded = async ({ payload }: PreparedOpen) => {
    const { channel: unfunded } = await payer.prepareOpen()
    const { signature } = await unfunded.signVoucher(payload.cumulativeAmount)
    return { channelId: unfunded.id, signature }
  }
  const credit = 'credit on a channel that was not funded'
  await refuses(t, 'v1.wrong-channel-id', onOpen(payer, {}, onUnfunded, credit))
  await refuses(t, 'v1.stranger-voucher', onOpen(payer, { voucherBy: stranger }, undefined, lost))
  await refuses(t, 'v1.small-deposit', onOpen(payer, { deposit: at.terms.amount - 1n, initial: 0n }))
  const leaving = await payer.prepareOpen()
  await opensAndLeaves(leaving)
  await refuses(t, 'v1.pending-close', {
    act: () => payer.send(leaving),
    twin: async () => payer.send(await payer.prepareOpen()),
    position: payer.position,
    money: 'the payer withdraws what the payee is still serving for',
  })
  await finalized(t, setting)
}

/** The payer opens its channel without the server, and asks the escrow for it back at once. */
async function opensAndLeaves({ channel, payload }: PreparedOpen): Promise<void> {
  const { payer, backing } = channel
  await payer.subject.options.chain.broadcast(payload.transaction)
  await channel.onChain(await backing.requestCloseCalls(channel))
  // The server need not know it, but its deposit is the payer's and must be counted.
  payer.remember(channel)
}

/** A channel that one instance closed is shown to another, which has never heard of it. */
async function finalized(t: T, { at, anotherPayer, launch, subject }: Setting): Promise<void> {
  if (subject.options.launch === undefined)
    return t.check('v1.finalized', () => absent('needs a second instance of the server: --start or --target'))
  const payer = await anotherPayer(at.of(await launch()))
  const open = await payer.prepareOpen()
  await (await payer.send(open, { on: at })).text()
  await (await open.channel.close(at.units(1), {}, { on: at })).text()
  await refuses(t, 'v1.finalized', {
    act: () => payer.send(open),
    twin: async () => payer.send(await payer.prepareOpen()),
    position: payer.position,
    money: 'the payee serves on a channel that was paid out already',
  })
}

/** An act on a channel at three units. */
const attempt = ({ payer, at }: Setting, act: (channel: ChannelUnderTest) => Promise<Exchange>) =>
  onVoucher({ payer, units: at.units }, act, uncollectable)

const lawful = async (channel: ChannelUnderTest, amount: bigint) =>
  Payload.toJson(await channel.signVoucher(amount))

async function vouchers(t: T, setting: Setting): Promise<void> {
  const { payer, at } = setting
  await t.check('v1.voucher', async () => {
    const channel = await payer.open()
    const answer = await channel.voucher(at.units(3))
    await answer.text()
    return equal(receiptOf(answer)?.acceptedCumulative, at.units(3), 'acceptedCumulative')
  })
  // A v1 voucher can name it, a v2 one could not; it is far above the deposit all the same.
  await refuses(
    t,
    'v1.beyond-uint96',
    await attempt(setting, async (channel) => channel.send(await lawful(channel, 2n ** 96n + at.units(4)))),
  )
  await refuses(
    t,
    'v1.wrapped-amount',
    await attempt(setting, async (channel) => {
      const payload = await lawful(channel, at.units(4))
      return channel.send({ ...payload, cumulativeAmount: (2n ** 128n + at.units(4)).toString() })
    }),
  )
  await refuses(
    t,
    'v1.high-s',
    await attempt(setting, async (channel) => {
      const { signature } = await channel.signVoucher(at.units(4))
      return channel.send({ ...(await lawful(channel, at.units(4))), signature: highS(signature) })
    }),
  )
  await t.check('v1.stream', async () => {
    const channel = await payer.open()
    const running = await channel.stream(at.units(3))
    await running.waitFor(() => running.asks.length > 0)
    running.abort()
    return equal(running.units.length, 3, 'units')
  })
}

/** Vouchers and channels of the other protocol, in both directions. */
async function protocols(t: T, setting: Setting): Promise<void> {
  const { at, subject, anotherPayer } = setting
  await refuses(
    t,
    'v1.v2-voucher',
    await attempt(setting, async (channel) => channel.send(await otherVoucher(channel, at.units(4)))),
  )
  const main = await anotherPayer()
  if (main.protocol === 'v1') {
    await t.check('v1.v2-channel', () => absent('the main resource is on v1 channels too'))
    return t.check('v1.on-v2', () => absent('the main resource is on v1 channels too'))
  }
  const reserved = await main.open()
  await refuses(t, 'v1.v2-channel', {
    act: () => reserved.voucher(subject.units(2), {}, { on: at }),
    twin: () => reserved.voucher(subject.units(2)),
    position: reserved.position,
  })
  await refuses(
    t,
    'v1.on-v2',
    await attempt(setting, async (channel) =>
      channel.send(await lawful(channel, at.units(4)), { on: subject }),
    ),
  )
}

async function topUps(t: T, { payer, at }: Setting): Promise<void> {
  const channel = await payer.open()
  await t.check('v1.top-up', async () => {
    const before = channel.deposit
    await (await channel.topUp(at.units(10))).text()
    const higher = await channel.voucher(before + at.units(5))
    await higher.text()
    const { deposit } = await channel.slot()
    return holdsIf(
      higher.accepted && deposit === before + at.units(10),
      `a deposit of ${before + at.units(10)}, usable at once`,
      `a deposit of ${deposit}, a voucher above the old one answered ${higher.status}`,
    )
  })
  const target = await payer.open()
  await refuses(t, 'v1.top-up-elsewhere', {
    act: async () => {
      const { transaction } = await channel.prepareTopUp(at.units(10))
      return target.send({ ...Payload.toJson(await target.prepareTopUp(at.units(10))), transaction })
    },
    twin: () => target.topUp(at.units(10)),
    position: target.position,
    money: 'vouchers are accepted that no deposit covers',
  })
}

/** A close shows the escrow the voucher that pays for what was consumed, and no higher one (spec/readings.md A5). */
async function closes(t: T, { payer, at }: Setting): Promise<void> {
  const open = await payer.prepareOpen()
  await (await payer.send(open)).text()
  const { channel } = open
  await channel.streamToPause(at.units(3))
  const balance = () => at.options.chain.balance(at.terms.currency, payer.address)
  const before = await balance()
  const closed = await channel.close(at.units(9))
  await closed.text()
  await t.check('v1.close', () =>
    holdsIf(
      receiptOf(closed)?.txHash !== undefined,
      '2xx, a receipt with txHash',
      closed.accepted ? 'no txHash' : String(closed.status),
    ),
  )
  const [closing] = await channel.backing.closings(channel.id)
  await t.check('v1.captures-spent', () => equal(closing?.settledToPayee, at.units(3), 'captured'))
  await t.check('v1.refunds-rest', async () =>
    equal((await balance()) - before, channel.deposit - at.units(3), 'refund'),
  )
  if (closing === undefined) throw new Blocked('the channel is not closed')
  await t.check('v1.after-close', async () => {
    const later = await channel.voucher(at.units(10))
    await later.text()
    return holdsIf(later.status >= 400, 'a refusal of a voucher', String(later.status))
  })
  await t.check('v1.reopened', async () => {
    const again = await payer.send(open)
    await again.text()
    return holdsIf(again.status >= 400, 'a refusal of the open that was closed', String(again.status))
  })
  await t.check('v1.unused', async () => {
    const unused = await payer.open({ initial: 0n })
    await (await unused.voucher(at.units(5))).text()
    const start = await balance()
    await (await unused.close(0n)).text()
    return equal((await balance()) - start, unused.deposit, 'refund of a channel that delivered nothing')
  })
}
