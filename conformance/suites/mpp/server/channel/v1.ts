/**
 * v1 sessions: channels of an escrow contract, named by their id alone, closed by one of their vouchers. What is asked of
 * both protocols is asked by the scenarios of the main resource, which are staged again here.
 */
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { type Restaged, restage } from '../../../../kit/restage.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent } from '../../../../kit/verdict.ts'
import type { Payer } from '../../../../peers/mpp/payer/payer.ts'
import type { Subject } from '../../../../peers/mpp/payer/subject.ts'
import { onVoucher, uncollectable } from '../attempts.ts'
import type { Fixtures } from '../fixtures.ts'
import { stream } from '../stream/stream.ts'
import { refuses } from '../verbs.ts'
import { close } from './close.ts'
import { closing } from './closing.ts'
import { open } from './open.ts'
import { pendingClose } from './pending-close.ts'
import { protocol } from './protocol.ts'
import { topUp } from './top-up.ts'
import { voucher } from './voucher.ts'

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
    // One payer for all: what a server does at the first open of a payer shows in one check.
    const here: Fixtures = {
      ...fixtures,
      subject: at,
      payer,
      units: at.units,
      anotherPayer: (on = at) => fixtures.anotherPayer(on),
    }
    await restage(t, open, opens, here)
    await restage(t, pendingClose, { 'pending-close.open': 'v1.pending-close' }, here)
    await finalized(t, fixtures, at)
    await restage(t, voucher, vouchers, here)
    await refuses(t, 'v1.beyond-uint96', () => beyondUint96(here))
    await restage(t, stream, { 'stream.exact-units': 'v1.stream' }, here)
    await restage(t, protocol, { 'protocol.other-voucher': 'v1.v2-voucher' }, here)
    await otherChannels(t, fixtures, here)
    await restage(t, topUp, topUps, here)
    await restage(t, close, closes, here)
    await restage(t, closing, { 'closing.then-open': 'v1.reopened' }, here)
  },
})

type T = Parameters<typeof v1.run>[0]
type Here<S extends { checks: object }> = Restaged<keyof S['checks'] & string, Parameters<T['check']>[0]>

const opens: Here<typeof open> = {
  'open.accepted': 'v1.open',
  'open.on-chain': 'v1.on-chain',
  'open.payee-not-recipient': 'v1.wrong-payee',
  'open.wrong-channel-id': 'v1.wrong-channel-id',
  'open.stranger-voucher': 'v1.stranger-voucher',
  'open.small-deposit': 'v1.small-deposit',
}

const vouchers: Here<typeof voucher> = {
  'voucher.receipt': 'v1.voucher',
  'voucher.bad-amount': 'v1.wrapped-amount',
  'voucher.high-s': 'v1.high-s',
}

const topUps: Here<typeof topUp> = {
  'top-up.on-chain': 'v1.top-up',
  'top-up.usable-at-once': 'v1.top-up',
  'top-up.other-channel': 'v1.top-up-elsewhere',
}

/** A close shows the escrow the voucher that pays for what was consumed, and no higher one (spec/readings.md A5). */
const closes: Here<typeof close> = {
  'close.accepted': 'v1.close',
  'close.transaction': 'v1.close',
  'close.captures-spent': 'v1.captures-spent',
  'close.refunds-rest': 'v1.refunds-rest',
  'close.unused': 'v1.unused',
  'close.then-voucher': 'v1.after-close',
}

/** A channel that one instance closed is shown to another, which has never heard of it. */
async function finalized(t: T, { anotherPayer, launch, subject }: Fixtures, at: Subject): Promise<void> {
  if (subject.options.launch === undefined)
    return t.check('v1.finalized', () => absent('needs a second instance of the server: --start or --target'))
  await refuses(t, 'v1.finalized', async () => {
    const payer = await anotherPayer(at.of(await launch()))
    const opened = await payer.prepareOpen()
    await (await payer.send(opened, { on: at })).text()
    await (await opened.channel.close(at.units(1), {}, { on: at })).text()
    return {
      act: () => payer.send(opened),
      twin: async () => payer.send(await payer.prepareOpen()),
      position: payer.position,
      money: 'the payee serves on a channel that was paid out already',
    }
  })
}

/** A v1 voucher can name it, a v2 one could not; it is far above the deposit all the same. */
const beyondUint96 = (here: Fixtures) =>
  onVoucher(here, async (channel) =>
    channel.send(Payload.toJson(await channel.signVoucher(2n ** 96n + here.units(4)))),
  )

/** Channels of each protocol where the other one is asked for. */
async function otherChannels(t: T, { subject, anotherPayer }: Fixtures, here: Fixtures): Promise<void> {
  const main: Payer = await anotherPayer()
  if (main.protocol === 'v1') {
    await t.check('v1.v2-channel', () => absent('the main resource is on v1 channels too'))
    return t.check('v1.on-v2', () => absent('the main resource is on v1 channels too'))
  }
  await refuses(t, 'v1.v2-channel', async () => {
    const reserved = await main.open()
    return {
      act: () => reserved.voucher(subject.units(2), {}, { on: here.subject }),
      twin: () => reserved.voucher(subject.units(2)),
      position: reserved.position,
    }
  })
  const elsewhere = { on: subject }
  await refuses(t, 'v1.on-v2', () =>
    onVoucher(
      here,
      async (channel) => channel.send(Payload.toJson(await channel.signVoucher(here.units(4))), elsewhere),
      uncollectable,
    ),
  )
}
