/** The kill matrix: which fault turns which check red. It is the proof that every check can fail. */

import type { Made } from '../kit/fault.ts'

/** One fault's outcome. */
export interface FaultResult {
  name: string
  /** The lawful way in which the server sent its units, where it was not the reference's own. */
  variant?: string
  role: 'server' | 'client'
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

/** How the faults are made: "322 change a rule, 112 rewrite messages, 42 are generated". */
export function countLine(faults: readonly Pick<FaultResult, 'made'>[]): string {
  const count = (made: Made) => faults.filter((fault) => fault.made === made).length
  return `${count('rule')} change a rule, ${count('puppet')} rewrite messages, ${count('generated')} are generated`
}

/** The part of a check id before the dot: the feature, or `audit`. */
const featureOf = (check: string): string => check.slice(0, check.indexOf('.'))

/**
 * The matrix in the terminal, folded by feature: how many faults there are for it, how many of its checks some fault
 * turned red, and which other features its faults turned red too. Empty for a matrix of one fault.
 */
export function matrixLines({ checks, faults, unkilled }: KillMatrix): string[] {
  if (faults.length < 2) return []
  const features = [
    ...new Set([...faults.map(({ expected }) => featureOf(expected[0] ?? '')), ...checks.map(featureOf)]),
  ]
  const line = (name: string, count: string | number, killed: string, others: string) =>
    `  ${name.padEnd(18)}${String(count).padStart(6)}${killed.padStart(16)}   ${others}`.trimEnd()
  const rows = features.map((feature) => {
    const group = faults.filter(({ expected }) => featureOf(expected[0] ?? '') === feature)
    const red = new Set(group.flatMap(({ failed, elsewhere }) => [...failed, ...elsewhere]))
    const others = [...new Set([...red].map(featureOf))].filter((other) => other !== feature).sort()
    const own = checks.filter((check) => featureOf(check) === feature)
    const left = unkilled.filter((check) => featureOf(check) === feature)
    const count = (other: string) => [...red].filter((check) => featureOf(check) === other).length
    return line(
      feature,
      group.length,
      `${own.length - left.length}/${own.length}`,
      others.map((other) => `${other} ${count(other)}`).join(', '),
    )
  })
  return [
    '',
    line('kill matrix', 'faults', 'checks killed', 'red too'),
    ...rows,
    `  ${countLine(faults)}`,
    ...unkilled.map((check) => `  ✗ no fault turns ${check} red`),
  ]
}
