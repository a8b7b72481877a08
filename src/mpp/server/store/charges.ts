/**
 * What a payee remembers of one-off payments, so that none counts twice: what each challenge was paid with, and
 * which challenge each transaction paid for. And which channels it has begun to open (opening.ts).
 *
 * `update` is linearizable per use: `change` is synchronous and free of side effects, and what it returns is durable
 * (as durable as the store is) before the promise resolves.
 */
import { z } from 'zod'
import { decodeWith } from '../../../codec/schema.ts'
import type { Engine, Kind } from '../../../store/table.ts'

/** A challenge that is answered, a transaction that pays, or a channel that is being opened. */
export interface Use {
  kind: 'challenge' | 'transaction' | 'opening'
  id: string
}

const schema = z.object({
  /** What uses it: the transaction that pays for a challenge, or the challenge a transaction pays for. */
  by: z.string(),
  /** Whether the payment was seen to be made. Until then, and only with the same payment, it may be tried again. */
  state: z.enum(['pending', 'paid']),
  /** Wall clock in milliseconds after which nothing can use it any more: the challenge has expired. */
  until: z.number(),
})

export type UseRecord = z.output<typeof schema>

/** A record to JSON text. */
const encode = (record: UseRecord): string => JSON.stringify(record)

/** JSON text to a record. Throws `DecodeError`: a store that holds anything else must not be served from. */
const decode = (text: string): UseRecord => decodeWith(schema, JSON.parse(text))

/** What a change returns: the record to keep (undefined: none) and an answer for the caller. */
export interface UseChange<T> {
  record: UseRecord | undefined
  answer: T
}

/** Where a payee keeps which one-off payments were used: one record for each use, changed in one step. */
export interface ChargeStore {
  update<T>(use: Use, change: (record: UseRecord | undefined) => UseChange<T>): Promise<T>
  /** Drops records whose `until` has passed. */
  forget(now: number): Promise<void>
}

/** The name of a use among all of them. */
const nameOf = ({ kind, id }: Use): string => `${kind}/${id}`

/** Milliseconds since 1970 with as many digits each: their texts sort as they do. */
const timeText = (ms: number): string => String(Math.ceil(ms)).padStart(16, '0')

const charges: Kind<UseRecord> = {
  name: 'charge',
  encode,
  decode,
  indexes: { 'charge-until': ({ until }) => timeText(until) },
}

/** One-off payments in a table of an engine. */
export function chargesIn(engine: Engine): ChargeStore {
  const uses = engine.table(charges)
  return {
    update: (use, change) => uses.update(nameOf(use), change),
    async forget(now) {
      // A use whose time was moved meanwhile, or is being moved, stays.
      const kept = (record: UseRecord | undefined) =>
        record === undefined || record.until < now ? undefined : record
      const due = await uses.keysBefore('charge-until', timeText(now))
      await Promise.all(
        due.map((name) => uses.update(name, (record) => ({ record: kept(record), answer: undefined }))),
      )
    },
  }
}
