/** Servers that forget when they are killed. */
import type { ChannelRecord } from '../../../../../src/mpp/server/store/record.ts'
import type { ChannelStore } from '../../../../../src/mpp/server/store/store.ts'
import { credentialOf, paying } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

/** A store that writes all but a part of each record, and keeps the part for as long as the process lives. */
const partlyInMemory =
  (part: (record: ChannelRecord, kept: ChannelRecord) => ChannelRecord) =>
  (disk: ChannelStore): ChannelStore => {
    const memory = new Map<string, ChannelRecord>()
    return {
      ...disk,
      get: async (channelId) => memory.get(channelId) ?? (await disk.get(channelId)),
      update: (channelId, change) =>
        disk.update(channelId, (stored) => {
          const before = memory.get(channelId) ?? stored
          const { record, answer } = change(before)
          if (record === undefined) return { record, answer }
          memory.set(channelId, record)
          // The signal of a change is the store's own: what is written differs as often as what is kept.
          return { record: record === before ? stored : part(record, stored ?? record), answer }
        }),
    }
  }

export const faults = [
  fault({
    name: 'spent-is-not-stored',
    breaks: 'SESS-CRASH-001',
    caughtBy: ['crash.spent', 'crash.no-respend', 'crash.close'],
    store: partlyInMemory((record, { ledger: { spent, units } }) => ({
      ...record,
      ledger: { ...record.ledger, spent, units },
    })),
  }),
  fault({
    name: 'reserves-all-and-keeps-it',
    breaks: 'SESS-ACCT-010',
    caughtBy: ['crash.overcharged'],
    store: partlyInMemory((record) => {
      const { accepted, spent } = record.ledger
      return { ...record, ledger: { ...record.ledger, spent: spent > 0n ? accepted : spent } }
    }),
  }),
  fault({
    name: 'charges-five-ahead-unsaid',
    breaks: 'SESS-ACCT-010',
    caughtBy: ['crash.overcharged'],
    store: partlyInMemory((record) => {
      const { accepted, spent, units } = record.ledger
      const price = units === 0 ? 0n : spent / BigInt(units)
      const ahead = spent + 5n * price
      return { ...record, ledger: { ...record.ledger, spent: ahead < accepted ? ahead : accepted } }
    }),
  }),
  fault({
    name: 'accepted-is-not-stored',
    breaks: 'SESS-CRASH-002',
    caughtBy: ['crash.accepted'],
    store: partlyInMemory((record, { ledger: { accepted }, vouchers }) => ({
      ...record,
      vouchers,
      ledger: { ...record.ledger, accepted },
    })),
  }),
  fault({
    name: 'channels-are-not-stored',
    breaks: 'SESS-CRASH-004',
    caughtBy: ['crash.accepted', 'crash.goes-on'],
    like: ['tempoxyz/pympp#248'],
    store: (disk) => {
      const own = new Map<string, true>()
      return {
        ...disk,
        get: async (channelId) => (own.has(channelId) ? disk.get(channelId) : undefined),
        update: (channelId, change) =>
          disk.update(channelId, (record) => {
            const result = change(own.has(channelId) ? record : undefined)
            if (result.record !== undefined) own.set(channelId, true)
            return { ...result, record: result.record ?? record }
          }),
      }
    },
  }),
  fault({
    name: 'closes-only-what-it-opened-itself',
    breaks: 'SESS-CRASH-004',
    caughtBy: ['crash.close'],
    http: (handler) => {
      const opened = new Set<unknown>()
      return async (request) => {
        const { channelId } = credentialOf(request)?.payload ?? {}
        if (paying('open')(request)) opened.add(channelId)
        return paying('close')(request) && !opened.has(channelId)
          ? new Response(null, { status: 402 })
          : handler(request)
      }
    },
  }),
]
