/** A payee's channels and one-off payments, in the tables of any engine. */
import type { Engine, Kind } from '../../../store/table.ts'
import { chargesIn } from './charges.ts'
import * as Record from './record.ts'
import type { ChannelStore } from './store.ts'

/** The index that finds channels that are not closed among all that ever were, and what it says of them. */
const phase = 'channel-phase'
const live = 'live'

const channels: Kind<Record.ChannelRecord> = {
  name: 'channel',
  encode: Record.encode,
  decode: Record.decode,
  indexes: {
    payer: ({ descriptor }) => descriptor.payer,
    [phase]: ({ ledger }) => (ledger.phase === 'closed' ? 'closed' : live),
  },
  covers: isChargedAhead,
}

/** Whether a record says of a channel what another says, but that some more was charged and when it was used. */
function isChargedAhead(cover: Record.ChannelRecord, record: Record.ChannelRecord): boolean {
  const [more, less] = [cover.ledger, record.ledger]
  return (
    more.spent >= less.spent &&
    more.units >= less.units &&
    sameBut(cover, record, ['ledger', 'usedAt']) &&
    sameBut(more, less, ['spent', 'units'])
  )
}

/** Whether two objects have the same members, but for some. */
function sameBut<T extends object>(a: T, b: T, but: readonly (keyof T)[]): boolean {
  const names = Object.keys({ ...a, ...b }) as (keyof T)[]
  return names.every((name) => a[name] === b[name] || but.includes(name))
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
    live: () => records.each(phase, live),
    close: () => engine.close(),
  }
}
