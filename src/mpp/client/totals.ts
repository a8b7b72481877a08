/**
 * What a payer has set aside and paid, over all its channels and processes. The caps are checked against it.
 *
 * From before its open is signed, a channel counts with what is set aside for it, which is at least its deposit; once
 * it is closed, it counts with what was paid. So no order of events and no crash lets more leave the account than the
 * caps allow: the amounts of a process that dies stay counted, until another process learns how the channel ended. An
 * open that is not signed yet has no trace on chain, so its amount expires after a minute; an open that takes longer
 * sets it aside again. Sums are per chain; tokens are added without distinction.
 */
import { z } from 'zod'
import * as Json from '../../codec/json.ts'
import { amount, chainId, decodeWith, encodeWith } from '../../codec/schema.ts'
import * as Uint from '../../codec/uint.ts'
import { PolicyError } from './policy.ts'

const schema = z.object({
  version: z.literal(1),
  /** By channel id, or the name of an open that is not signed yet. */
  aside: z.record(
    z.string(),
    z.object({
      chainId,
      host: z.string(),
      amount: amount(),
      /** Milliseconds since the epoch; of an open that is not signed yet. */
      until: z.number().optional(),
    }),
  ),
  /** Over closed channels, by chain and host. */
  paid: z.array(z.object({ chainId, host: z.string(), amount: amount() })),
})

/** The book; amounts in base units. */
export type Totals = Omit<z.output<typeof schema>, 'version'>

/** Where a channel counts. */
export interface Place {
  chainId: number
  host: string
}

/** Most that may be set aside and paid; base units, no bound when absent. */
export interface Caps {
  perHost?: bigint
  total?: bigint
}

/** Caps in tokens to base units. Throws `DecodeError` for an invalid amount. */
export const capsOf = ({ maxPerHost, maxTotal }: { maxPerHost?: string; maxTotal?: string }): Caps => ({
  ...(maxPerHost === undefined ? {} : { perHost: Uint.fromDecimal(maxPerHost) }),
  ...(maxTotal === undefined ? {} : { total: Uint.fromDecimal(maxTotal) }),
})

export const none: Totals = { aside: {}, paid: [] }

/** The book to its text. */
export const encode = (totals: Totals): string =>
  `${JSON.stringify(encodeWith(schema, { version: 1, ...totals }), null, 2)}\n`

/** Text to the book. Throws `DecodeError`. */
export function decode(text: string): Totals {
  const { version: _, ...totals } = decodeWith(schema, Json.decode(text))
  return totals
}

/** What counts on a chain, and of it at a host, but for one channel. */
export function counted(
  { aside, paid }: Totals,
  { chainId, host }: Place,
  { except, now }: { except: string; now: number },
): { host: bigint; total: bigint } {
  const held = Object.entries(aside)
    .filter(([name, { until = Number.POSITIVE_INFINITY }]) => name !== except && until > now)
    .map(([, each]) => each)
  const here = [...held, ...paid].filter((each) => each.chainId === chainId)
  const sum = (all: readonly { amount: bigint }[]) => all.reduce((so, each) => so + each.amount, 0n)
  return { host: sum(here.filter((each) => each.host === host)), total: sum(here) }
}

/** How much of what is wanted the caps leave to a channel. Throws `PolicyError` when that is less than `least`. */
export function withinCaps(
  wanted: bigint,
  least: bigint,
  counts: { host: bigint; total: bigint },
  caps: Caps,
): bigint {
  let granted = wanted
  for (const [cap, count, of] of [
    [caps.perHost, counts.host, 'at this host'],
    [caps.total, counts.total, 'in total'],
  ] as const) {
    if (cap === undefined) continue
    if (count + least > cap)
      throw new PolicyError(
        'over-budget',
        `needs ${Uint.toDecimal(least)}; of ${Uint.toDecimal(cap)} ${of}, ${Uint.toDecimal(count)} is set aside or paid already`,
      )
    granted = Uint.min(granted, cap - count)
  }
  return granted
}

/** Sets an amount aside under a name, in place of what was. */
export const setAside = (
  totals: Totals,
  name: string,
  { chainId, host }: Place,
  amount: bigint,
  until?: number,
): Totals => ({
  ...totals,
  aside: {
    ...totals.aside,
    [name]: { chainId, host, amount, ...(until === undefined ? {} : { until }) },
  },
})

/** Removes what was set aside under a name, and adds what was paid. An unknown name changes nothing. */
export function release({ aside, paid }: Totals, name: string, amount: bigint): Totals {
  const { [name]: over, ...rest } = aside
  if (over === undefined) return { aside, paid }
  if (amount === 0n) return { aside: rest, paid }
  const { chainId, host } = over
  const same = (each: Place) => each.chainId === chainId && each.host === host
  const before = paid.find(same)?.amount ?? 0n
  return {
    aside: rest,
    paid: [...paid.filter((each) => !same(each)), { chainId, host, amount: before + amount }],
  }
}
