/** What a client may lack: what it does beyond fetching a URL, and how a user says that it does. */
import type { Offers } from '../../../kit/suite.ts'

/** Things a client can do when it is told to, by a variable of its environment. */
export const abilities = {
  bodies: 'a client that sends METHOD with BODY to the URL: say --can bodies',
} as const

export type Ability = keyof typeof abilities

export const offers: Offers = { resources: {}, powers: abilities }

/** Reads a list of abilities. Throws `TypeError`. */
export function parseAbilities(text: string): readonly Ability[] {
  const names = text.split(',').map((name) => name.trim())
  const stray = names.find((name) => !(name in abilities))
  if (stray !== undefined)
    throw new TypeError(`${stray} is no ability; there are ${Object.keys(abilities).join(', ')}`)
  return names as Ability[]
}
