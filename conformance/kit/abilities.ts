/** What a target can do when it is told to: it is stated by name, in one option for all. */
import type { Statement } from './suite.ts'

/** The statement `--can a,b`, of abilities that are given by name with what to say where one is missing. */
export const canState = (abilities: Readonly<Record<string, string>>, what: string): Statement => ({
  flag: '--can <abilities>',
  what: `${what}, separated by commas; see conformance/README.md`,
  parse(text) {
    const names = text.split(',').map((name) => name.trim())
    const stray = names.find((name) => !(name in abilities))
    if (stray !== undefined)
      throw new TypeError(`${stray} is no ability; there are ${Object.keys(abilities).join(', ')}`)
    return names
  },
  show: (names: readonly string[]) => names.join(','),
})
