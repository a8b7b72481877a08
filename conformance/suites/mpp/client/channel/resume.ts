/**
 * A client that comes again from another machine, without what it knew: the payee suggests the channel that it has, with a
 * snapshot. It may go on with that channel, as far as the chain proves what the snapshot says, or open another one.
 */
import type { JsonObject } from '../../../../../src/codec/json.ts'
import * as ChannelId from '../../../../../src/contracts/channel-id.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { KnownChannel } from '../../../../peers/mpp/payee/shop/channels.ts'
import type { Seen } from '../../../../peers/mpp/payee/shop/sent.ts'
import { type Shop, stranger } from '../../../../peers/mpp/payee/shop/shop.ts'
import { named, snapshotOf, suggesting } from '../../../../peers/mpp/payee/shop/suggesting.ts'
import type { Fixtures } from '../fixtures.ts'
import { paidIn } from '../looks.ts'
import { v2Alone } from '../offers.ts'
import { endOf } from '../verbs.ts'

/** Units of each stream. */
const units = 4
/** A deposit that the first stream uses up, in tokens. */
const thin = '0.004'
/** A channel that nobody opened. */
const noChannel = `0x${'17'.repeat(32)}`
/** A deposit with room for claims beyond what was signed, in tokens. */
const roomy = '0.050'

/** A channel that a first run left, and the shop after the second one. */
interface Left {
  shop: Shop
  channel: KnownChannel
  /** What was said to be its id. */
  suggested: string
  /** What the chain said when it was suggested, in base units. */
  deposit: bigint
  settled: bigint
}

/** How a channel is suggested. */
interface Suggested {
  /** Most that the first run may deposit, in tokens; default as usual. */
  maxDeposit?: string
  /** The deposit that is suggested, in tokens; default as usual. */
  suggestedDeposit?: string
  /** Makes another snapshot of the true one. */
  forge?: (snapshot: JsonObject, channel: KnownChannel) => JsonObject
  judge: (left: Left, honest: Left) => Finding
}

const cases = {
  'resume.paid': { judge: ({ shop }) => served(shop) },
  'resume.thin': {
    maxDeposit: thin,
    judge: ({ shop, deposit, settled }) =>
      deposit - settled < shop.price
        ? served(shop)
        : absent('a client that deposits what it is told at most'),
  },
  'resume.verified': {
    maxDeposit: thin,
    forge: (snapshot) => ({ ...snapshot, deposit: '100000' }),
    judge: (left, honest) =>
      honest.shop.channels.all.length === 1
        ? withinDeposit(left)
        : absent('a client that goes on with a channel that is suggested'),
  },
  'resume.unproven': {
    suggestedDeposit: roomy,
    // All but the next unit, which the deposit still covers: no more can be taken by any client.
    forge(snapshot) {
      const claimed = BigInt(String(snapshot['deposit'])) - 1_000n
      const total = { acceptedCumulative: String(claimed), spent: String(claimed) }
      return { ...snapshot, ...total, requiredCumulative: String(claimed + 1_000n) }
    },
    judge: () => holds,
  },
  'resume.id': { forge: (snapshot) => ({ ...snapshot, channelId: noChannel }), judge: unnamed },
  'resume.foreign': {
    forge(snapshot, { descriptor: own, domain }) {
      const descriptor = { ...own, payer: stranger.address, authorizedSigner: stranger.address }
      const channelId = ChannelId.v2(descriptor, domain)
      return { ...snapshot, ...named({ channelId, descriptor }, domain) }
    },
    judge: unnamed,
  },
} as const satisfies Readonly<Record<string, Suggested>>

export const resume = scenario({
  id: 'mpp/client/resume',
  title: 'A channel that a payee suggests is gone on with only as far as the chain proves it',
  checks: {
    // A client that gives up loses nothing.
    'resume.paid': ['SESS-REQ-010', 'SESS-CLI-001'],
    'resume.thin': 'SESS-REQ-010',
    'resume.verified': 'SESS-REQ-009',
    'resume.unproven': ['SESS-SNAP-005', 'SESS-CLI-002'],
    'resume.id': 'SESS-SNAP-004',
    'resume.foreign': 'SESS-CLI-002',
  },
  faults: async () => (await import('./resume.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const { protocol, lost } = fixtures
    const ask = { ...cases } as Readonly<Record<keyof typeof cases, Suggested>>
    const all = Object.entries(ask) as [keyof typeof cases, Suggested][]
    const honest = protocol === 'v1' ? undefined : twice(fixtures, ask['resume.paid'])
    // One after the other: all at once they would keep the machine from the clients of other scenarios.
    for (const [check, suggested] of all)
      await t.check(check, async () => {
        if (protocol === 'v1') return absent(v2Alone)
        const twin = await honest
        const left = suggested === ask['resume.paid'] ? twin : await twice(fixtures, suggested)
        if (twin === undefined || left === undefined)
          return absent('a client that leaves a channel open behind it')
        const { loss, taken, delivered } = await left.shop.take()
        lost(loss)
        // One unit may be under way at the end of each run.
        if (loss > 2n * left.shop.price)
          return broken('at most a unit lost in each run', `${taken} taken for ${delivered}`)
        if (left !== twin && !paidIn(twin.shop).some(({ visit }) => visit > 0))
          return absent('a client that pays where a channel is suggested')
        const short = left === twin ? holds : served(twin.shop)
        if (short.found === 'broken')
          throw new Blocked(`the honest twin was not paid either: ${short.actual}`)
        return suggested.judge(left, twin)
      })
  },
})

/**
 * Runs a client, settles what it signed, and runs it again on another machine, to which the channel is suggested;
 * undefined where there is none by then. A client that closes behind it is killed at its last voucher.
 */
async function twice(
  { open, can }: Fixtures,
  { maxDeposit, suggestedDeposit, forge }: Suggested,
): Promise<Left | undefined> {
  let told: JsonObject | undefined
  const offer = suggestedDeposit === undefined ? {} : { offer: { suggestedDeposit } }
  const shop = await open({ units, greedy: true, payee: { http: suggesting(() => told) }, ...offer })
  const env = maxDeposit === undefined ? {} : { MAX_DEPOSIT: maxDeposit }
  const last = (seen: Seen) => totalOf(seen) >= shop.units(units)
  await shop.visit(can('leaves') ? { env: { ...env, LEAVE: '1' } } : { env, killAt: last })
  const [channel] = shop.channels.all
  await shop.take()
  if (channel === undefined || (await shop.firstIsOver())) return undefined
  const snapshot = await snapshotOf(shop, channel)
  told = forge?.(snapshot, channel) ?? snapshot
  await shop.visit({ elsewhere: true })
  const [deposit, settled] = [snapshot['deposit'], snapshot['settled']].map((each) => BigInt(String(each)))
  const chain = { deposit: deposit ?? 0n, settled: settled ?? 0n }
  return { shop, channel, suggested: String(told['channelId']), ...chain }
}

/** The total that a request is signed for, in base units; 0 without one. */
function totalOf({ credential }: Pick<Seen, 'credential'>): bigint {
  const payload = credential?.payload
  return payload !== undefined && 'cumulativeAmount' in payload ? payload.cumulativeAmount : 0n
}

/** Whether the second run got everything. */
function served({ visits }: Shop): Finding {
  const visit = visits.at(-1)
  const got = visit?.seen.reduce((sum, seen) => sum + seen.units.length, 0) ?? 0
  if (visit !== undefined && got >= units) return holds
  return broken(
    'every unit on the second errand',
    `${got} units; ${visit === undefined ? 'none' : endOf(visit)}`,
  )
}

/** Whether nothing is signed beyond the deposit of the suggested channel before that is topped up. */
function withinDeposit({ shop, channel, deposit }: Left): Finding {
  for (const seen of paidIn(shop)) {
    const { payload } = seen.credential
    if (seen.visit === 0 || payload?.channelId !== channel.id) continue
    if (payload.action === 'topUp') return holds
    if (totalOf(seen) > deposit)
      return broken(
        `a top-up before more than ${deposit} is signed for`,
        `${payload.action} for ${totalOf(seen)}`,
        { exchange: seen.exchange },
      )
  }
  return holds
}

/** Whether the second run sent no credential for the channel that was suggested. */
function unnamed({ shop, suggested }: Left): Finding {
  const found = paidIn(shop).find(
    ({ visit, credential: { raw } }) => visit > 0 && raw['channelId'] === suggested,
  )
  return found === undefined
    ? holds
    : broken('no credential for a channel of the payee’s naming', `one for ${suggested}`, {
        exchange: found.exchange,
      })
}
