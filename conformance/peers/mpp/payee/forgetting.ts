/** Rules that a server forgets for some of its requests only: in one action, by one method, on one path. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { defaultRules, type RuleOverrides, type Rules } from '../../../../src/mpp/server/rules/rules.ts'
import type { Alteration } from './alteration.ts'

type Groups = Exclude<keyof Rules, 'books'>
type AnyRule = (input: never) => unknown

/** The rules of these groups, or those of them that are named, let everything pass in the requests that `picks` picks. */
export function forgettingRules(
  picks: (request: Request) => boolean,
  forgotten: { readonly [G in Groups]?: 'all' | readonly (keyof Rules[G])[] },
): Pick<Alteration, 'rules' | 'http' | 'end'> {
  const picked = new AsyncLocalStorage<boolean>()
  const off = (rule: AnyRule): AnyRule =>
    ((input) => (picked.getStore() ? undefined : rule(input))) as AnyRule
  const groups = Object.entries(forgotten).map(([group, names]) => {
    const rules = Object.entries(defaultRules[group as Groups] as Readonly<Record<string, AnyRule>>)
    const chosen = rules.filter(([name]) => names === 'all' || (names as readonly string[]).includes(name))
    return [group, Object.fromEntries(chosen.map(([name, rule]) => [name, off(rule)]))]
  })
  return {
    rules: Object.fromEntries(groups) as RuleOverrides,
    http: (handler) => (request) => picked.run(picks(request), () => handler(request)),
    // While it is in use, every promise of the process costs more.
    end: () => picked.disable(),
  }
}
