/** Controls: stand-ins that differ from the reference only in what the texts leave free. No check may be red for one. */
import type { ScenarioResult } from './run.ts'

/** One lawful choice that differs from the reference. */
export interface Control {
  name: string
  /** The reading or section that leaves it free. */
  free: string
  /** Checks that may warn: a reading grades the choice so, or the difference has that price. */
  warns?: RegExp
}

/** Something that was red although the stand-in is lawful. */
export interface RedControl {
  id: string
  verdict: string
  message: string
}

/** What is red for a control, and may not be. */
export const wronglyRed = (
  red: readonly RedControl[],
  controls: readonly Pick<Control, 'warns'>[],
): RedControl[] =>
  red.filter(({ id, verdict }) => !(verdict === 'warn' && controls.some(({ warns }) => warns?.test(id))))

/** What is neither passed nor skipped; the kit's own failures and the rules of the audit too. */
export const redIn = ({ scenario, checks, audit, harnessError }: ScenarioResult): RedControl[] => [
  ...checks
    .filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip')
    .map(({ id, verdict, message }) => ({ id, verdict, message })),
  ...(audit?.rules ?? [])
    .filter(({ verdict }) => verdict === 'fail')
    .map(({ id, verdict, message }) => ({ id, verdict, message: `${scenario}: ${message}` })),
  ...(harnessError === undefined ? [] : [{ id: scenario, verdict: 'harness', message: harnessError }]),
]
