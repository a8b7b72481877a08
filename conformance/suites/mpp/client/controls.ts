/** Lawful clients that choose otherwise than the reference: no check may be red for one, alone or mixed with others. */
import { patience } from '../../../harness/patience.ts'
import type { RedControl } from '../../../kit/control.ts'
import { judgeLawful } from '../../../kit/judge-controls.ts'
import type { Controls } from '../../../kit/suite.ts'
import { choices } from './controls/choices.ts'
import { mixed } from './controls/mix.ts'
import { words } from './controls/words.ts'
import type { ClientControl } from './fault.ts'
import { offers } from './offers.ts'
import { referenceDrive } from './reference.ts'
import { clientScenarios } from './scenarios.ts'
import { standInOptions } from './stand-in.ts'
import { subjectOf } from './subject.ts'

export const clientControls: readonly ClientControl[] = [...choices, ...words]

/** Controls that do not exclude each other, judged together. Between them they hold every wording. */
export const mixes: Readonly<Record<string, readonly string[]>> = {
  'many-words': [
    'members-nobody-knows',
    'no-source',
    'keys-of-another-form-on-every-payment',
    'headers-nobody-asked-for',
    'says-what-it-can-pay',
    'a-connection-for-each-request',
    'prints-json',
    'members-in-another-order',
  ],
  'more-words': ['no-keys', 'prints-nothing', 'white-space-between-members'],
  'many-choices': [
    'deposits-for-one-unit',
    'tops-up-by-what-is-missing',
    'vouchers-by-post',
    'opens-by-head-and-then-buys',
    'every-voucher-twice',
    'every-close-twice',
    'one-request-after-the-other',
    'looks-around-first',
    'repeats-at-once-and-often',
    'a-delegate-signs',
  ],
  'more-choices': [
    'opens-with-nothing',
    'deposits-for-seven-units',
    'tops-up-early',
    'a-fresh-challenge-for-each-payment',
    'never-reads-receipts',
    'follows-no-redirect',
    'waits-longer-than-it-is-told',
    'closes-on-chain-alone',
    'reads-slowly',
  ],
  'few-words': [
    'deposits-all-it-may',
    'vouchers-before-they-are-asked-for',
    'one-channel-for-each-request',
    'knows-v2-alone',
    'pays-its-own-fees-or-not-at-all',
    'knows-no-other-field',
    'does-one-thing-alone',
    'never-repeats',
    'mends-nothing',
    'lower-case-scheme',
  ],
}

/** The controls of these names. Throws `TypeError` for a name that is none. */
export const controlsNamed = (...names: readonly string[]): ClientControl[] =>
  names.map((name) => {
    const found = clientControls.find((control) => control.name === name)
    if (found === undefined) throw new TypeError(`no control ${name}`)
    return found
  })

/** Judges the reference with all these controls at once; `only` is a glob over features, default all. */
export async function judgeControls(
  chosen: readonly ClientControl[],
  only?: string,
): Promise<{ passed: number; red: readonly RedControl[] }> {
  const options = standInOptions(referenceDrive(mixed(chosen.map(({ variant }) => variant)), patience))
  const lacking = new Set<string>(chosen.flatMap(({ lacks = [] }) => lacks))
  const capabilities = new Set([...options.capabilities].filter((ability) => !lacking.has(ability)))
  const subject = subjectOf({ ...options, capabilities }, 'lawful')
  return judgeLawful({ scenarios: clientScenarios, offers }, subject, only)
}

/** Every control alone, and the mixes. */
export const controls: Controls = {
  stories: {
    ...Object.fromEntries(clientControls.map((control) => [control.name, [control]])),
    ...Object.fromEntries(Object.entries(mixes).map(([name, names]) => [name, controlsNamed(...names)])),
  },
  judge: (chosen, only) => judgeControls(controlsNamed(...chosen.map(({ name }) => name)), only),
}
