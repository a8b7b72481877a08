/** Controls: stand-ins that differ from the reference only in what the texts leave free. No check may be red for one. */

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
