/** A named rule of the server: a pure function that lets pass (undefined) or refuses. */
import type { Refusal } from '../../wire/problem.ts'

export type Rule<Input> = (input: Input) => Refusal | undefined
export type RuleTable<Input> = Readonly<Record<string, Rule<Input>>>

/** The first refusal, in the table's order, which is the draft's. */
export function check<Input>(rules: RuleTable<Input>, input: Input): Refusal | undefined {
  for (const rule of Object.values(rules)) {
    const refusal = rule(input)
    if (refusal !== undefined) return refusal
  }
  return undefined
}
