/**
 * Idempotency keys that were charged on a channel, kept with its books: after a restart too, a request under its key
 * is charged once, and the key pays for no other request. Each is text: the hash of challenge and key, the hash of
 * the request, and how often its answer was made again since.
 */
import * as Digest from '../../codec/digest.ts'
import * as Utf8 from '../../codec/utf8.ts'
import type { Keyed } from '../../http/answers.ts'
import { type Refusal, refuse } from '../wire/problem.ts'

/**
 * A request with an `Idempotency-Key` (core draft-01, "Idempotency"; tempo session draft, "Idempotency"). Keys are
 * scoped to the challenge and the channel. Each belongs to one request of all that the payee serves: under another
 * method, URL or body it buys nothing (reading F7).
 */
export interface KeyedRequest extends Keyed {
  challengeId: string
  key: string
}

/** Longest key that is honoured, in characters. */
export const maxKeyChars = 255

/** A key and the request it belongs to. */
export interface ChargedKey {
  name: string
  request: string
}

/** Keys that are remembered per channel; one that is forgotten is charged again. */
const maxChargedKeys = 64

/** How often an answer is made again for what was charged once: enough for retries, too few to live on. */
export const maxAgain = 3

export const chargedKey = ({
  challengeId,
  key,
  fingerprint,
}: Pick<KeyedRequest, 'challengeId' | 'key' | 'fingerprint'>): ChargedKey => ({
  name: Digest.encode(Utf8.encode(`${challengeId} ${key}`)),
  request: fingerprint,
})

/** Whether a key was charged for this request; or why it may not be used for it. */
export function wasCharged(keys: readonly string[], { name, request }: ChargedKey): boolean | Refusal {
  const found = find(keys, name)
  if (found === undefined) return false
  if (found.request !== request) return usedElsewhere
  if (found.again >= maxAgain)
    return refuse('bad-request', `the answer under this Idempotency-Key was given ${maxAgain + 1} times`)
  return true
}

/** The keys after one more answer under this one. */
export function withCharged(keys: readonly string[], { name, request }: ChargedKey): readonly string[] {
  const before = find(keys, name)
  const again = before === undefined ? 0 : before.again + 1
  const others = before === undefined ? keys : keys.filter((text) => !isOf(text, name))
  return [...others, `${name} ${request} ${again}`].slice(-maxChargedKeys)
}

export const usedElsewhere: Refusal = refuse(
  'bad-request',
  'the Idempotency-Key was used for another request',
)

/** Every other key is looked past without being taken apart: a channel has up to as many as are remembered. */
const isOf = (text: string, name: string): boolean => text.startsWith(name) && text[name.length] === ' '

function find(keys: readonly string[], name: string): (ChargedKey & { again: number }) | undefined {
  const text = keys.find((key) => isOf(key, name))
  if (text === undefined) return undefined
  const [, request = '', again = '0'] = text.split(' ')
  return { name, request, again: Number(again) }
}
