/** The kill matrix: which fault turns which check red. It is the proof that every check can fail. */

import type { Made } from './fault.ts'

/** One fault's outcome. */
export interface FaultResult {
  name: string
  /** The lawful way in which the server sent its units, where it was not the reference's own. */
  variant?: string
  /** `profile/role`. */
  suite: string
  breaks: string
  made: Made
  /** Checks it is declared to turn red. */
  expected: readonly string[]
  /** Checks it turned red in the scenarios that hold the declared ones. */
  failed: readonly string[]
  /** Checks it turned red in other scenarios, where those ran. */
  elsewhere: readonly string[]
  /** Whether all declared checks turned red. */
  killed: boolean
  /** Whether, in the scenarios that hold them, no others did; a generated fault may turn others red. */
  exact: boolean
}

export interface KillMatrix {
  /** The columns: every check that was to be killed or was. */
  checks: readonly string[]
  /** The rows. */
  faults: readonly FaultResult[]
  /** Checks that no fault turned red: nothing shows that they can fail. */
  unkilled: readonly string[]
}

/** Builds the matrix; `required` are the checks that have to be killed by some fault. */
export function killMatrix(faults: readonly FaultResult[], required: readonly string[]): KillMatrix {
  const red = new Set(faults.flatMap(({ failed, elsewhere }) => [...failed, ...elsewhere]))
  return {
    checks: [...new Set([...required, ...[...red].sort()])],
    faults,
    unkilled: required.filter((check) => !red.has(check)),
  }
}
