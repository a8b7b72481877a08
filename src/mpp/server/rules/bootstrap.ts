/** Rules on a proof of who asks: tempo session draft, "Bootstrap Preflight". What makes it good, charge.ts says. */
import { refuse } from '../../wire/problem.ts'
import type { RuleTable } from './rule.ts'

export interface BootstrapInput {
  /** Of the request the proof came with. */
  method: string
}

export const bootstrapRules = {
  /** SESS-BOOT-004: content is asked for by other methods, and a proof pays for none. */
  grantsNothing: ({ method }) =>
    method === 'HEAD'
      ? undefined
      : refuse('payment-insufficient', 'a proof pays for nothing; it is answered on HEAD'),
} satisfies RuleTable<BootstrapInput>
