/** Faults: stand-ins that are wrong in exactly one named way. They prove the checks. */

/** What every fault says of itself; how the stand-in is altered is the suite's own affair. */
export interface Fault {
  name: string
  /** The requirement it breaks. */
  breaks: string
  /** The checks that must turn red: these, and in the scenarios that hold them no others. */
  caughtBy: readonly string[]
  /** Features to run it against, where only the money audit notices it. */
  during?: readonly string[]
  /** Bugs of the field it resembles: an advisory, or an entry of the list of field bugs. */
  like?: readonly string[]
  made?: Made
}

/**
 * How a fault is made. `rule`: the stand-in follows another rule or other settings. `puppet`: the stand-in is right,
 * and its messages are rewritten on the way. `generated`: a puppet that was not written for its check alone, so that
 * other checks of the scenario may turn red too.
 */
export type Made = 'rule' | 'puppet' | 'generated'
