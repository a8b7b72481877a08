/** What `decode` finds out about a text, before it is printed; and how figures and moments are put into words. */

import * as Json from '../../codec/json.ts'
import * as Uint from '../../codec/uint.ts'
import { isTip20 } from '../../contracts/token.ts'

export type Row = readonly [label: string, value: string]

export interface Section {
  title: string
  rows: readonly Row[]
}

/** Something that was verified: it holds, it does not, or it cannot be told from the text alone. */
export interface Check {
  verdict: 'holds' | 'fails' | 'open'
  text: string
}

export interface Explanation {
  /** What the text is, in a few words. */
  title: string
  sections: readonly Section[]
  checks: readonly Check[]
}

/** What is known beside the text. */
export interface Context {
  /** Milliseconds since the epoch. */
  now: number
  /** The server's secret, when the person who debugs has it. */
  secret?: string
}

export const holds = (text: string): Check => ({ verdict: 'holds', text })
export const fails = (text: string): Check => ({ verdict: 'fails', text })
export const open = (text: string): Check => ({ verdict: 'open', text })
/** A check either way, in words of its own for each. */
export const check = (condition: boolean, yes: string, no: string): Check =>
  condition ? holds(yes) : fails(no)

/** Rows without those that have no value. */
export const rows = (...list: readonly (readonly [string, string | undefined])[]): Row[] =>
  list.filter((row): row is Row => row[1] !== undefined)

/** Base units for a person: tokens too where the token is known to have six decimals. */
export function money(amount: bigint | undefined, token?: string): string | undefined {
  if (amount === undefined) return undefined
  const units = `${amount} base units`
  return token !== undefined && isTip20(token.toLowerCase() as `0x${string}`)
    ? `${Uint.toDecimal(amount)} (${units})`
    : units
}

const sizes = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/** Milliseconds as `4 min 12 s`: the two largest units that are not zero. */
export function duration(milliseconds: number): string {
  let rest = Math.floor(Math.abs(milliseconds) / 1000)
  const parts: string[] = []
  for (const [unit, seconds] of sizes) {
    const count = Math.floor(rest / seconds)
    rest -= count * seconds
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  return parts.slice(0, 2).join(' ') || '0 s'
}

/** A JSON value as rows, nested members by their path. */
export function flatten(value: Json.JsonValue | undefined, path = ''): Row[] {
  if (value === undefined) return []
  const members = Array.isArray(value)
    ? value.map((item, index) => [`${path}[${index}]`, item] as const)
    : Json.isObject(value)
      ? Object.entries(value).map(([name, item]) => [path === '' ? name : `${path}.${name}`, item] as const)
      : undefined
  if (members === undefined) return [[path, typeof value === 'string' ? value : JSON.stringify(value)]]
  return members.length === 0
    ? [[path, Array.isArray(value) ? '[]' : '{}']]
    : members.flatMap(([name, item]) => flatten(item, name))
}
