/**
 * Claims in a table of an engine. On disk they outlive the process: the next one finds what was paid for, and takes up
 * what the last one left unfinished. Each process writes its name into the claims it changes, so that a claim which is
 * `busy` by another name is known to be left behind; a store on disk has one process at a time.
 */
import { z } from 'zod'
import { decodeWith } from '../../codec/schema.ts'
import type { Engine, Kind } from '../../store/table.ts'
import * as Settlement from '../wire/settlement.ts'
import { type Claim, type ClaimStore, leftBy } from './claims.ts'

const schema = z.object({
  fingerprint: z.string(),
  state: z.enum(['busy', 'undecided', 'open', 'used']),
  /** Claims that were written before there were keys have none. */
  key: z.string().optional(),
  settlement: Settlement.schema.optional(),
  deliveries: z.int(),
  /** Seconds since the epoch. */
  until: z.string().transform(BigInt),
  left: z.boolean().optional(),
  /** The process that wrote it. */
  by: z.string(),
})

interface Row extends Claim {
  by: string
}

/** Seconds since 1970 with as many digits each: their texts sort as they do. */
const timeText = (seconds: bigint): string => String(seconds).padStart(20, '0')

const rows: Kind<Row> = {
  name: 'x402-claim',
  encode: ({ until, ...row }) => JSON.stringify({ ...row, until: String(until) }),
  decode: (text) => decodeWith(schema, JSON.parse(text)) as Row,
  indexes: { 'x402-claim-until': ({ until }) => timeText(until) },
}

/** The claims of an engine, for a process of this name; each process that opens them needs another. */
export function claimTable(engine: Engine, by: string = crypto.randomUUID()): ClaimStore {
  const table = engine.table(rows)
  const found = ({ by: writer, ...claim }: Row): Claim => (writer === by ? claim : leftBy(claim))
  return {
    update: (name, change) =>
      table.update(name, (row) => {
        const before = row === undefined ? undefined : found(row)
        const { claim, answer } = change(before)
        if (claim === before) return { record: row, answer }
        return { record: claim === undefined ? undefined : { ...claim, by }, answer }
      }),
    async forget(now) {
      const kept = (row: Row | undefined) =>
        row === undefined || (row.until < now && found(row).state !== 'busy') ? undefined : row
      const due = await table.keysBefore('x402-claim-until', timeText(now))
      await Promise.all(
        due.map((name) => table.update(name, (row) => ({ record: kept(row), answer: undefined }))),
      )
    },
  }
}
