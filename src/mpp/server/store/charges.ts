/**
 * What a payee remembers of one-off payments, so that none counts twice: what each challenge was paid with, and
 * which challenge each transaction paid for. And which channels it has begun to open (opening.ts).
 *
 * `update` is linearizable per use: `change` is synchronous and free of side effects, and what it returns is durable
 * (as durable as the store is) before the promise resolves.
 */
import { z } from 'zod'
import { decodeWith } from '../../../codec/schema.ts'

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
export const encode = (record: UseRecord): string => JSON.stringify(record)

/** JSON text to a record. Throws `DecodeError`: a store that holds anything else must not be served from. */
export const decode = (text: string): UseRecord => decodeWith(schema, JSON.parse(text))

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
export const nameOf = ({ kind, id }: Use): string => `${kind}/${id}`

/** Builds an empty store in memory: as durable as the process. */
export function memoryCharges(): ChargeStore {
  const records = new Map<string, UseRecord>()
  return {
    async update(use, change) {
      const name = nameOf(use)
      const { record, answer } = change(records.get(name))
      if (record === undefined) records.delete(name)
      else records.set(name, record)
      return answer
    },
    async forget(now) {
      for (const [name, { until }] of records) if (until < now) records.delete(name)
    },
  }
}
