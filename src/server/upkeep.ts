/**
 * What a payee does on its own: settles what was delivered, by threshold and by interval, and closes channels that
 * nobody uses. It settles only vouchers whose whole amount was delivered, since a settlement cannot be undone
 * (spec/readings.md A4).
 */
import type { Bytes32 } from '../codec/hex.ts'
import { closeWith } from './actions/close.ts'
import { submit } from './actions/submit.ts'
import { refresh } from './actions/voucher.ts'
import type { Payee } from './payee.ts'
import { highest, settleable } from './retained.ts'
import type { ChannelRecord } from './store/record.ts'

export interface Upkeep {
  /** Stops, and waits for what is under way. Without a durable store it closes what is open. */
  close(): Promise<void>
}

/** A forced close takes effect 900 seconds after its request; the payee claims what it is owed well before. */
const claimAfterRequestMs = 450_000

/** Starts. The timers keep no process alive. */
export function upkeep(payee: Payee): Upkeep {
  const { settleThreshold, settleIntervalMs, closeIdleAfterMs } = payee
  const underWay = new Map<Bytes32, Promise<unknown>>()
  /** One transaction per channel at a time. */
  const once = (channelId: Bytes32, work: () => Promise<unknown>): void => {
    if (underWay.has(channelId)) return
    // A node that cannot be reached now is asked again at the next occasion; nothing is lost meanwhile.
    const done = work().finally(() => underWay.delete(channelId))
    underWay.set(channelId, done)
    done.catch(() => undefined)
  }

  if (settleThreshold !== undefined)
    payee.onCharge = ({ channelId, ledger, vouchers }) => {
      const due = settleable(vouchers, ledger)
      if (due !== undefined && due.cumulativeAmount - ledger.settled >= settleThreshold)
        once(channelId, () => settle(payee, channelId))
    }

  const eachLive = async (visit: (record: ChannelRecord) => void) => {
    for await (const record of payee.store.live()) visit(record)
    await Promise.allSettled(underWay.values())
  }
  const round = (record: ChannelRecord) => {
    const { channelId, ledger, usedAt } = record
    const now = payee.clock()
    const idle = closeIdleAfterMs !== undefined && now - usedAt >= closeIdleAfterMs
    const forced = ledger.closeRequestedAt > 0 && now - ledger.closeRequestedAt * 1000 >= claimAfterRequestMs
    if (idle || forced || ledger.phase === 'closing') once(channelId, () => finish(payee, channelId))
    else if (settleIntervalMs !== undefined) once(channelId, () => settle(payee, channelId))
  }
  const everyMs = Math.min(settleIntervalMs ?? Infinity, closeIdleAfterMs ?? Infinity)
  const timer = Number.isFinite(everyMs)
    ? setInterval(() => void eachLive(round), Math.max(everyMs / 2, 10))
    : undefined
  timer?.unref()

  return {
    async close() {
      clearInterval(timer)
      await Promise.allSettled(underWay.values())
      if (!payee.store.durable)
        await eachLive(({ channelId }) => once(channelId, () => finish(payee, channelId)))
    },
  }
}

/** Settles the best voucher that was delivered in full, if there is one. */
async function settle(payee: Payee, channelId: Bytes32): Promise<void> {
  const record = await payee.store.get(channelId)
  if (record === undefined || record.ledger.phase !== 'open') return
  const due = settleable(record.vouchers, record.ledger)
  if (due === undefined) return
  const outcome = await submit(payee, record, due, { type: 'settle' })
  // Whatever became of it, the chain knows.
  if (outcome === 'pending' || 'transaction' in outcome) await refresh(payee, record)
}

/** Closes a channel at the payee's own wish. */
async function finish(payee: Payee, channelId: Bytes32): Promise<void> {
  const record = await payee.store.get(channelId)
  if (record === undefined) return
  await refresh(payee, record)
  const best = highest(record.vouchers)
  if (best !== undefined) await closeWith(payee, channelId, best)
}
