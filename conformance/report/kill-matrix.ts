/** The kill matrix in the terminal: a line for each fault, then the whole by feature. */
import type { Made } from '../kit/fault.ts'
import type { FaultResult, KillMatrix } from '../kit/kill-matrix.ts'
import { featureOfCheck } from '../kit/run.ts'

/** How the faults are made: "322 change a rule, 112 rewrite messages, 42 are generated". */
export function countLine(faults: readonly Pick<FaultResult, 'made'>[]): string {
  const count = (made: Made) => faults.filter((fault) => fault.made === made).length
  return `${count('rule')} change a rule, ${count('puppet')} rewrite messages, ${count('generated')} are generated`
}

/**
 * The matrix in the terminal, folded by feature: how many faults there are for it, how many of its checks some fault
 * turned red, and which other features its faults turned red too. Empty for a matrix of one fault.
 */
export function matrixLines({ checks, faults, unkilled }: KillMatrix): string[] {
  if (faults.length < 2) return []
  const features = [
    ...new Set([
      ...faults.map(({ expected }) => featureOfCheck(expected[0] ?? '')),
      ...checks.map(featureOfCheck),
    ]),
  ]
  const line = (name: string, count: string | number, killed: string, others: string) =>
    `  ${name.padEnd(18)}${String(count).padStart(6)}${killed.padStart(16)}   ${others}`.trimEnd()
  const rows = features.map((feature) => {
    const group = faults.filter(({ expected }) => featureOfCheck(expected[0] ?? '') === feature)
    const red = new Set(group.flatMap(({ failed, elsewhere }) => [...failed, ...elsewhere]))
    const others = [...new Set([...red].map(featureOfCheck))].filter((other) => other !== feature).sort()
    const own = checks.filter((check) => featureOfCheck(check) === feature)
    const left = unkilled.filter((check) => featureOfCheck(check) === feature)
    const count = (other: string) => [...red].filter((check) => featureOfCheck(check) === other).length
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

/** A fault in one line. */
export function faultLine({
  name: fault,
  variant,
  expected,
  failed,
  elsewhere,
  killed,
  exact,
}: FaultResult): string {
  const missed = expected.filter((check) => !failed.includes(check))
  const more = failed.filter((check) => !expected.includes(check))
  const notes = [
    missed.length > 0 ? `not red: ${missed.join(', ')}` : '',
    more.length > 0 ? `red too: ${more.join(', ')}` : '',
    elsewhere.length > 0 ? `elsewhere: ${elsewhere.join(', ')}` : '',
  ].filter((note) => note !== '')
  const good = killed && exact
  const name = variant === undefined ? fault : `${fault} (${variant})`
  const said = good ? [failed.join(' '), ...notes].join('   ') : notes.join('; ')
  return `  ${good ? '✓' : '✗'} ${name.padEnd(34)} ${said}`
}
