/**
 * Background work of a payee: it reads channels from chain and answers close requests with a close, settles what was
 * delivered, by threshold and by interval, and closes channels that are no longer used. A close captures what is owed,
 * and no more. A settlement cannot be undone, so it uses only vouchers whose whole amount was delivered
 * (spec/readings.md A4). Failures are reported to `onError`; the work is tried again at the next occasion.
 */
import { isNodeError } from '../../chain/outcome.ts'
import type { Bytes32 } from '../../codec/hex.ts'
import type { Refusal } from '../wire/problem.ts'
import { closeWith } from './actions/close.ts'
import { refresh } from './actions/refresh.ts'
import { submit } from './actions/submit.ts'
import { inBackground } from './background.ts'
import type { Payee } from './payee.ts'
import { highest, settleable } from './retained.ts'
import type { ChannelRecord } from './store/record.ts'
import { type Failure, owed } from './unclaimed.ts'
import { watchPauseMs } from './watch.ts'

export interface Upkeep {
  /** One round over every live channel: reads it from chain, and closes or settles it where that is due. */
  tend(): Promise<void>
  /**
   * Stops, and waits for work in progress. Without a durable store it closes the open channels. Answers the channels
   * that are still owed money which no later process may be able to claim.
   */
  close(): Promise<readonly ChannelRecord[]>
}

/** Channels handled concurrently. */
const atOnce = 8
/** Pauses between attempts to claim before the end, in milliseconds. */
const firstPauseMs = 100
const longestPauseMs = 2_000

/** What to do with a channel. */
interface Duties {
  /** Reads the channel from chain first. */
  watch?: boolean
  /** Settles by interval. */
  settle?: boolean
  /** Closes whatever the state. */
  close?: boolean
}

/** Starts. The timers keep no process alive. */
export function upkeep(payee: Payee): Upkeep {
  const { settleThreshold, settleIntervalMs, closeIdleAfterMs } = payee
  const underWay = new Map<Bytes32, Promise<void>>()
  /** One thing per channel at a time. Never rejects. */
  const once = ({ channelId }: ChannelRecord, work: () => Promise<void>): Promise<void> => {
    const before = underWay.get(channelId)
    if (before !== undefined) return before
    const done = work()
      .catch((cause: unknown) => payee.onError({ doing: 'watch', owed: 0n, reason: String(cause), cause }))
      .finally(() => underWay.delete(channelId))
    underWay.set(channelId, done)
    return done
  }
  const visit = (record: ChannelRecord, duties: Duties): Promise<void> =>
    once(record, () => tendTo(payee, record, duties))

  if (settleThreshold !== undefined)
    payee.onCharge = (record) => {
      const due = settleable(record.vouchers, record.ledger)
      if (due !== undefined && due.cumulativeAmount - record.ledger.settled >= settleThreshold)
        void once(record, () => attempt(payee, record, 'settle', () => settle(payee, record.channelId)))
    }
  payee.onCloseRequested = (record) => void visit(record, {})

  async function eachLive(look: (record: ChannelRecord) => Promise<void>): Promise<void> {
    const running = new Set<Promise<void>>()
    for await (const record of payee.store.live()) {
      const done = look(record).finally(() => running.delete(done))
      running.add(done)
      if (running.size >= atOnce) await Promise.race(running)
    }
    await Promise.all(running)
  }

  /** A store that cannot be read now is read again at the next round. */
  const round = async (look: () => Promise<void>) => {
    try {
      await look()
    } catch (cause) {
      payee.onError({ doing: 'watch', owed: 0n, reason: String(cause), cause })
    }
  }

  const everyMs = Math.min(settleIntervalMs ?? Infinity, closeIdleAfterMs ?? Infinity)
  const timer = Number.isFinite(everyMs)
    ? setInterval(
        () => void round(() => eachLive((record) => visit(record, { settle: true }))),
        Math.max(everyMs / 2, 10),
      )
    : undefined
  inBackground(timer)

  let ended = false
  let rounds = Promise.resolve()
  let watching: ReturnType<typeof setTimeout> | undefined
  const watchAfter = (pauseMs: number) => {
    if (ended) return
    watching = setTimeout(() => {
      rounds = watch()
    }, pauseMs)
    inBackground(watching)
  }
  const watch = async () => {
    const protocols = new Set<ChannelRecord['protocol']>()
    await round(() =>
      eachLive((record) => {
        protocols.add(record.protocol)
        return visit(record, { watch: true })
      }),
    )
    watchAfter(await watchPauseMs(payee, protocols))
  }
  // Starts at once, because a close may have been requested while no process was running.
  watchAfter(0)

  return {
    tend: () => eachLive((record) => visit(record, { watch: true, settle: true })),
    async close() {
      ended = true
      clearInterval(timer)
      clearTimeout(watching)
      await rounds
      await Promise.all(underWay.values())
      return claimAll(payee, eachLive, visit)
    },
  }
}

/** Claims what may be lost when the process is gone, again and again for a bounded time; answers what is left. */
async function claimAll(
  payee: Payee,
  eachLive: (look: (record: ChannelRecord) => Promise<void>) => Promise<void>,
  visit: (record: ChannelRecord, duties: Duties) => Promise<void>,
): Promise<readonly ChannelRecord[]> {
  /** Whose vouchers are on disk can be claimed by the next process, but not after a grace period. */
  const perishes = ({ ledger: { closeRequestedAt } }: ChannelRecord) =>
    !payee.store.durable || closeRequestedAt > 0
  const deadline = performance.now() + payee.claimTimeoutMs
  for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
    const left: ChannelRecord[] = []
    await eachLive(async (record) => {
      if (!perishes(record)) return
      await visit(record, { close: true })
      const after = await payee.store.get(record.channelId)
      if (after !== undefined && owed(after) > 0n) left.push(after)
    })
    if (left.length === 0 || performance.now() + pause > deadline) return left
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** Does what is due for one channel. */
async function tendTo(payee: Payee, { channelId }: ChannelRecord, duties: Duties): Promise<void> {
  const current = async () => {
    const record = await payee.store.get(channelId)
    return record === undefined || record.ledger.phase === 'closed' ? undefined : record
  }
  const known = await current()
  if (known === undefined) return
  if (duties.watch) await attempt(payee, known, 'watch', () => look(payee, known))
  const record = await current()
  if (record === undefined) return
  const { ledger, usedAt } = record
  const idle = payee.closeIdleAfterMs !== undefined && payee.clock() - usedAt >= payee.closeIdleAfterMs
  const forced = ledger.closeRequestedAt > 0 && owed(record) > 0n
  if (duties.close || idle || forced || ledger.phase === 'closing')
    await attempt(payee, record, 'close', () => finish(payee, record))
  else if (duties.settle && payee.settleIntervalMs !== undefined)
    await attempt(payee, record, 'settle', () => settle(payee, channelId))
}

/** Runs `work` and reports its failure. The next occasion tries again. */
async function attempt(
  payee: Payee,
  record: ChannelRecord,
  doing: Failure['doing'],
  work: () => Promise<Refusal | undefined>,
): Promise<void> {
  const failed = (reason: string, more: { cause?: unknown } = {}) =>
    payee.onError({ doing, channelId: record.channelId, owed: owed(record), reason, ...more })
  try {
    const refusal = await work()
    // Another process is closing the channel or has closed it.
    if (refusal !== undefined && refusal.problem !== 'session/channel-finalized') failed(refusal.detail)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    failed(isNodeError(error) ? `the node answers ${reason}` : reason, { cause: error })
  }
}

/** Settles the best voucher that was delivered in full, if there is one. */
async function settle(payee: Payee, channelId: Bytes32): Promise<Refusal | undefined> {
  const record = await payee.store.get(channelId)
  if (record === undefined || record.ledger.phase !== 'open') return undefined
  const due = settleable(record.vouchers, record.ledger)
  if (due === undefined) return undefined
  const outcome = await submit(payee, record, due, { type: 'settle' })
  if (outcome !== 'pending' && 'problem' in outcome) return outcome
  // Whatever became of it, the chain knows; a settlement that is sent twice moves its amount once.
  await refresh(payee, record)
  return undefined
}

async function look(payee: Payee, record: ChannelRecord): Promise<undefined> {
  await refresh(payee, record)
}

/** Closes a channel at the payee's own wish. */
async function finish(payee: Payee, record: ChannelRecord): Promise<Refusal | undefined> {
  await refresh(payee, record)
  const best = highest((await payee.store.get(record.channelId))?.vouchers ?? [])
  if (best === undefined) return undefined
  const closed = await closeWith(payee, record, best)
  return 'problem' in closed ? closed : undefined
}
