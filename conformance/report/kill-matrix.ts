/** The kill matrix: which fault turns which check red. It is the proof that every check can fail. */

/** One fault's outcome. */
export interface FaultResult {
  name: string
  role: 'server' | 'client'
  breaks: string
  /** Checks it is declared to turn red. */
  expected: readonly string[]
  /** Checks it turned red in the scenarios that hold the declared ones. */
  failed: readonly string[]
  /** Checks it turned red in other scenarios, where those ran. */
  elsewhere: readonly string[]
  /** Whether all declared checks turned red. */
  killed: boolean
  /** Whether, in the scenarios that hold them, no others did. */
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

/** The part of a check id before the dot: the feature, or `audit`. */
const featureOf = (check: string): string => check.slice(0, check.indexOf('.'))

/**
 * The matrix in the terminal, folded by feature: a row per group of faults, a column per feature, and in each cell
 * how many checks of the feature the group turned red. Empty for a matrix of one fault.
 */
export function matrixLines({ checks, faults, unkilled }: KillMatrix): string[] {
  if (faults.length < 2) return []
  const columns = [...new Set(checks.map(featureOf))]
  const rows = [...new Set(faults.map(({ expected }) => featureOf(expected[0] ?? '')))]
  const width = Math.max(...columns.map(({ length }) => length), 4) + 1
  const line = (name: string, cells: readonly (string | number)[]) =>
    `  ${name.padEnd(16)}${cells.map((cell) => String(cell).padStart(width)).join('')}`
  const cell = (row: string, column: string) => {
    const group = faults.filter(({ expected }) => featureOf(expected[0] ?? '') === row)
    const red = new Set(group.flatMap(({ failed, elsewhere }) => [...failed, ...elsewhere]))
    return [...red].filter((check) => featureOf(check) === column).length || '·'
  }
  const killed = (column: string) => {
    const own = checks.filter((check) => featureOf(check) === column)
    const left = unkilled.filter((check) => featureOf(check) === column)
    return `${own.length - left.length}/${own.length}`
  }
  return [
    '',
    line('kill matrix', columns),
    ...rows.map((row) => {
      const count = faults.filter(({ expected }) => featureOf(expected[0] ?? '') === row).length
      return line(
        `${row} (${count})`,
        columns.map((column) => cell(row, column)),
      )
    }),
    line('checks killed', columns.map(killed)),
    ...unkilled.map((check) => `  ✗ no fault turns ${check} red`),
  ]
}
