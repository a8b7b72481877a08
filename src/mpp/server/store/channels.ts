/** A payee's channels and one-off payments, in the tables of any engine. */
import type { Engine, Kind } from '../../../store/table.ts'
import { chargesIn } from './charges.ts'
import * as Record from './record.ts'
import type { ChannelStore } from './store.ts'

const channels: Kind<Record.ChannelRecord> = {
  name: 'channel',
  encode: Record.encode,
  decode: Record.decode,
  indexes: { payer: ({ descriptor }) => descriptor.payer },
}

/** The store of a payee that keeps its tables in an engine of its own. */
export function channelStore(engine: Engine): ChannelStore {
  const records = engine.table(channels)
  return {
    durable: engine.durable,
    charges: chargesIn(engine),
    get: records.get,
    update: records.update,
    changed: records.changed,
    async ofPayer(payer) {
      return (await records.where('payer', payer)).sort((a, b) => a.usedAt - b.usedAt)
    },
    async *live() {
      for await (const record of records.all()) if (record.ledger.phase !== 'closed') yield record
    },
    close: () => engine.close(),
  }
}
