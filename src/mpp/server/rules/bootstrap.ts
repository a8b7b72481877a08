/**
 * Rules on a bootstrap proof: tempo session draft, "Bootstrap Preflight". Whether the proof is valid, charge.ts
 * decides.
 */
import { refuse } from '../../wire/problem.ts'
import type { RuleTable } from './rule.ts'

export interface BootstrapInput {
  /** Of the request the proof came with. */
  method: string
}

export const bootstrapRules = {
  /** SESS-BOOT-004: a proof pays for no content, so it is accepted on HEAD only. */
  grantsNothing: ({ method }) =>
    method === 'HEAD'
      ? undefined
      : refuse('payment-insufficient', 'a proof pays for nothing; it is answered on HEAD'),
} satisfies RuleTable<BootstrapInput>
