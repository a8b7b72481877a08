/** Several alterations of the reference client as one, where they do not exclude each other. */
import type { ClientRuleOverrides } from '../../../../../src/mpp/client/rules.ts'
import type { ClientVariant } from '../reference.ts'

/** All alterations at once: what each does is done around what those before it do. */
export const mixed = (variants: readonly ClientVariant[]): ClientVariant => variants.reduce(both, {})

function both(one: ClientVariant, other: ClientVariant): ClientVariant {
  const { fetch, chain, journal, env, does } = other
  return {
    rules: bothRules(one.rules, other.rules),
    options: { ...one.options, ...other.options },
    fetch: (inner, told) => {
      const first = one.fetch?.(inner, told) ?? inner
      return fetch?.(first, told) ?? first
    },
    chain: (node) => around(chain, one.chain)(node),
    journal: (kept) => around(journal, one.journal)(kept),
    env: (told) => around(env, one.env)(told),
    does: (doing, usual) => {
      const first: typeof usual = (done) => one.does?.(done, usual) ?? usual(done)
      return does?.(doing, first) ?? first(doing)
    },
  }
}

const around =
  <T>(outer: ((value: T) => T) | undefined, inner: ((value: T) => T) | undefined) =>
  (value: T): T => {
    const first = inner?.(value) ?? value
    return outer?.(first) ?? first
  }

function bothRules(one: ClientRuleOverrides = {}, other: ClientRuleOverrides = {}): ClientRuleOverrides {
  const groups = { ...one, ...other }
  const names = Object.keys(groups) as (keyof ClientRuleOverrides)[]
  return Object.fromEntries(names.map((name) => [name, { ...one[name], ...other[name] }]))
}
