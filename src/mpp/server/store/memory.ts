/** A store in memory: as durable as the process. */
import type { Bytes32 } from '../../../codec/hex.ts'
import { changeSignal } from './change-signal.ts'
import { memoryCharges } from './charges.ts'
import type { ChannelRecord } from './record.ts'
import type { ChannelStore } from './store.ts'

/** Builds an empty store. */
export function memoryStore(): ChannelStore {
  const records = new Map<Bytes32, ChannelRecord>()
  const changes = changeSignal()
  return {
    durable: false,
    charges: memoryCharges(),
    async get(channelId) {
      return records.get(channelId)
    },
    async update(channelId, change) {
      const before = records.get(channelId)
      const { record, answer } = change(before)
      if (record !== before) {
        if (record === undefined) records.delete(channelId)
        else records.set(channelId, record)
        changes.notify(channelId)
      }
      return answer
    },
    changed: changes.wait,
    async ofPayer(payer) {
      return byUse([...records.values()].filter(({ descriptor }) => descriptor.payer === payer))
    },
    async *live() {
      for (const record of [...records.values()]) if (record.ledger.phase !== 'closed') yield record
    },
    close: async () => undefined,
  }
}

/** The last used last. */
export const byUse = (records: ChannelRecord[]): ChannelRecord[] =>
  records.sort((a, b) => a.usedAt - b.usedAt)
