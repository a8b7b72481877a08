/** Payees that do not claim: they do not watch for close requests, or forget what was delivered. */
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import type { ChannelStore } from '../../../../../src/mpp/server/store/store.ts'
import { fault } from '../fault.ts'

/** Goes on only with channels that it opened since it was started. */
function withoutThePast(disk: ChannelStore): ChannelStore {
  const own = new Set<string>()
  return {
    ...disk,
    update: (channelId, change) =>
      disk.update(channelId, (record) => {
        if (record === undefined) own.add(channelId)
        return change(record)
      }),
    async *live() {
      for await (const record of disk.live()) if (own.has(record.channelId)) yield record
    },
  }
}

/** Forgets at its end what it could not close. */
const withoutAFuture = (disk: ChannelStore): ChannelStore => ({
  ...disk,
  async close() {
    for await (const { channelId } of disk.live())
      await disk.update(channelId, () => ({ record: undefined, answer: undefined }))
  },
})

export const faults = [
  fault({
    name: 'close-requests-are-not-watched',
    breaks: 'SESS-REORG-001',
    caughtBy: ['claim.close-request'],
    options: { watchIntervalMs: 3_600_000 },
  }),
  fault({
    name: 'watches-only-its-own-channels',
    breaks: 'SESS-REORG-001',
    caughtBy: ['claim.after-restart'],
    store: withoutThePast,
  }),
  fault({
    name: 'claims-only-what-was-settled',
    breaks: 'SESS-CLOSE-005',
    caughtBy: ['claim.captures', 'audit.captured-is-delivered'],
    rules: {
      books: {
        captureAmount: (ledger, close) =>
          ledger.closeRequestedAt > 0 ? ledger.settled : Accounting.captureAmount(ledger, close),
      },
    },
  }),
  fault({
    name: 'forgets-what-it-could-not-claim',
    breaks: 'SESS-CRASH-004',
    caughtBy: ['claim.after-stop', 'claim.after-restart'],
    store: withoutAFuture,
  }),
]
