/** Every control of this suite, and mixes of those that do not exclude each other. */
import { variants } from '../../../peers/mpp/payee/delivery.ts'
import type { ServerControl } from './control.ts'
import { choices } from './controls/choices.ts'
import { words } from './controls/words.ts'

/** Other ways to send the units of a stream. */
const deliveries: readonly ServerControl[] = Object.entries(variants).map(([name, variant]) => ({
  name: `sends-${name}`,
  free: "SESS: what is an event, and what is charged for it, is the application's affair",
  variant,
}))

export const serverControls: readonly ServerControl[] = [...choices, ...words, ...deliveries]

/** The controls of these names. Throws `TypeError` for a name that is none. */
export const controlsNamed = (...names: readonly string[]): ServerControl[] =>
  names.map((name) => {
    const found = serverControls.find((control) => control.name === name)
    if (found === undefined) throw new TypeError(`no control ${name}`)
    return found
  })

/** Controls that are judged together. Between them the first three hold every wording. */
export const mixes: Readonly<Record<string, readonly string[]>> = {
  'many-wordings': [
    'every-byte-on-its-own',
    'members-nobody-knows',
    'terms-with-members-nobody-knows',
    'problems-in-other-words',
    'comments-and-retry-between-events',
    'lines-of-a-stream-end-with-cr',
    'parameters-in-another-order',
    'other-challenges-around-it-in-one-field',
    'headers-nobody-asked-for',
    'upper-case-names',
    '204-without-content',
  ],
  'more-wordings': [
    'three-bytes-at-a-time',
    'no-space-after-a-colon',
    'lines-of-a-stream-end-with-crlf',
    'lower-case-scheme',
    'parameters-nobody-knows',
    'challenges-that-cannot-be-paid-before-the-one-that-can',
    'other-challenges-before-in-fields-of-their-own',
  ],
  'last-wordings': [
    'white-space-around-commas',
    'upper-case-scheme',
    'other-challenges-after-in-fields-of-their-own',
  ],
  'many-choices': [
    'each-challenge-is-answered-once',
    'a-repeated-open-is-refused',
    'a-dead-channel-is-answered-402',
    'a-mismatch-of-signers-is-a-bad-signature',
    'an-expired-challenge-is-invalid',
    'cache-rules-in-other-words',
    'types-with-parameters',
    'receipts-with-more-in-them',
    'challenges-with-all-they-may-have',
    'a-realm-of-punctuation',
    'a-least-increase-everywhere',
    'a-least-deposit',
    'settles-all-the-time',
    'another-account-is-paid',
    'v-is-0-or-1',
  ],
}
