/** The run in the terminal: progress while it goes, then each failure with what shows it, then the money. */
import { plainLine } from '../../src/cli/plain.ts'
import * as Uint from '../../src/codec/uint.ts'
import { withheldLine } from '../kit/embargo.ts'
import type { Requirement } from '../kit/requirements.ts'
import { brokenRules, causesOf, type RunResult } from '../kit/result.ts'
import { featureOf, isExtreme, type ScenarioResult } from '../kit/run.ts'

const symbol = { pass: '✓', fail: '✗', warn: '!', skip: '–', blocked: '–' } as const

/** One line for a scenario that has ended. */
export function progressLine({ scenario, checks, seconds, harnessError }: ScenarioResult): string {
  const count = (verdict: string) => checks.filter((check) => check.verdict === verdict).length
  const failed = count('fail')
  const parts = [
    `${checks.length} checks`.padStart(10),
    failed > 0 ? `${failed} failed` : '',
    count('warn') > 0 ? `${count('warn')} warned` : '',
    count('skip') > 0 ? `${count('skip')} skipped` : '',
    count('blocked') > 0 ? `${count('blocked')} not judged` : '',
  ].filter((part) => part !== '')
  const mark = harnessError !== undefined || failed > 0 ? '✗' : count('pass') > 0 ? '✓' : '–'
  return `  ${mark} ${featureOf(scenario).padEnd(14)}${parts.join('   ').padEnd(46)} ${seconds.toFixed(1)} s`
}

/** Everything after the progress lines. */
export function summary(
  result: RunResult,
  requirements: ReadonlyMap<string, Requirement>,
  replay: string,
): string[] {
  const out: string[] = ['']
  for (const check of result.checks) {
    if (check.known !== undefined || ['pass', 'skip', 'blocked'].includes(check.verdict)) continue
    out.push(...details(check, requirements.get(check.requirement), replayOf(check.id, replay, result)), '')
  }
  for (const { id, scenario, message } of brokenRules(result, { known: false }))
    out.push(`  ✗ ${id.padEnd(44)} money`, `    ${featureOf(scenario)}: ${plainLine(message)}`, '')
  for (const check of result.stale) out.push(`  ✗ ${check} no longer fails: take it out of the baseline`, '')
  for (const error of result.harnessErrors)
    out.push('  the kit itself failed; please report this:', `    ${error}`, '')
  out.push(...blockedLines(result), ...skippedLines(result), moneyLine(result))
  out.push(...extremesOf(result).map(extremeLine), totalsLine(result))
  return out
}

const skippedTitle = '  skipped, and what would have it judged'

/** Checks that could not be judged, under what kept them from it: a cause is told once. */
function blockedLines({ checks }: RunResult): string[] {
  const causes = causesOf(checks.filter(({ known }) => known === undefined))
  if (causes.length === 0) return []
  const rows = causes.flatMap(({ message, ids }) => [
    `  ${String(ids.length).padStart(5)}   ${plainLine(message)}`,
    `          ${ids.slice(0, maxNamed).join(' ')}${ids.length > maxNamed ? ' …' : ''}`,
  ])
  return ['  not judged', ...rows, '']
}

/** Checks named of those with one cause; the JSON names all. */
const maxNamed = 4

/** Why checks were skipped, and so what would have them judged; the reason that keeps most of them back first. */
function skippedLines({ checks }: RunResult): string[] {
  const counts = new Map<string, number>()
  for (const { verdict, message } of checks)
    if (verdict === 'skip') counts.set(message, (counts.get(message) ?? 0) + 1)
  if (counts.size === 0) return []
  const rows = [...counts].sort(([, one], [, other]) => other - one)
  return [
    skippedTitle,
    ...rows.map(([reason, count]) => `  ${String(count).padStart(5)}   ${plainLine(reason)}`),
    '',
  ]
}

/** The command that runs one check again, with the same payers; to be pasted into a shell. */
export function replayOf(check: string, replay: string, { seed }: RunResult): string {
  // What stands after -- is the target's own command.
  const [, options = replay, command = ''] = /^(.*?)( -- .*)?$/s.exec(replay) ?? []
  return `${options} --only ${check} --seed ${shellWord(seed)}${command}`
}

/** A text as one word of a shell's command line. */
export const shellWord = (text: string): string =>
  /^[\w./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

function details(
  check: RunResult['checks'][number],
  requirement: Requirement | undefined,
  replay: string,
): string[] {
  const { id, verdict, level, evidence } = check
  const head = `  ${symbol[verdict]} ${id.padEnd(44)} ${level}  ${check.requirement}`
  const rows: [string, string | undefined][] = [
    ['expected', evidence.expected],
    // What a target says has one line: it cannot look like another verdict.
    ['actual', evidence.actual === undefined ? undefined : plainLine(evidence.actual)],
    ['money', evidence.money],
    ['source', requirement?.source],
    ['like', likeOf(check.like)],
    ['replay', replay],
  ]
  const lines = rows.flatMap(([name, text]) => (text === undefined ? [] : [`    ${name.padEnd(10)}${text}`]))
  return [head, ...(requirement === undefined ? [] : [`    ${requirement.statement}`]), ...lines]
}

/** Bugs named in the terminal; the JSON names all. */
const maxLike = 3

function likeOf(bugs: readonly string[] = []): string | undefined {
  if (bugs.length === 0) return undefined
  const more = bugs.length > maxLike ? ` and ${bugs.length - maxLike} more` : ''
  return bugs.slice(0, maxLike).join(', ') + more
}

const moneyLine = (result: RunResult): string =>
  ['  money audit', ...figuresOf(result), moneyVerdict(result)].join('   ')

const extremeLine = ({ name, told }: ReturnType<typeof extremesOf>[number]): string =>
  [`  ${name.padEnd(11)}`, ...told].join('   ')

/** Figures that count something; the others are amounts. */
const counted = ['channels', 'payments']
/** Figures that are told only where they are not zero. */
const rare = ['locked', 'charged']

/** What the audits of a run add up to, in words. */
export function figuresOf({ audits }: RunResult): string[] {
  const sum = (name: string) =>
    audits.reduce((total, { figures }) => total + BigInt(figures[name] ?? '0'), 0n)
  const names = [...new Set(audits.flatMap(({ figures }) => Object.keys(figures)))]
  return names
    .filter((name) => !isExtreme(name) && (!rare.includes(name) || sum(name) !== 0n))
    .map((name) => (counted.includes(name) ? `${sum(name)} ${name}` : `${name} ${Uint.toDecimal(sum(name))}`))
}

/**
 * What scenarios came to at most, for each such figure: the highest first, then how many came to nothing, and in how many
 * it is withheld.
 */
export function extremesOf({ audits }: RunResult): { name: string; told: string[] }[] {
  const names = [...new Set(audits.flatMap(({ figures }) => Object.keys(figures).filter(isExtreme)))]
  return names.map((name) => {
    const all = audits.flatMap(({ scenario, figures }) => {
      const figure = figures[name]
      return figure === undefined ? [] : [{ feature: featureOf(scenario), figure: BigInt(figure) }]
    })
    const some = all
      .filter(({ figure }) => figure > 0n)
      .toSorted((one, other) => (one.figure < other.figure ? 1 : -1))
      .map(({ feature, figure }) => `${Uint.toDecimal(figure)} in ${feature}`)
    const [none, withheld] = [all.length - some.length, audits.length - all.length]
    const rest = [
      ...(none > 0 ? [`nothing in ${none} ${some.length > 0 ? 'others' : 'scenarios'}`] : []),
      ...(withheld > 0 ? [`withheld in ${withheld}`] : []),
    ]
    return { name, told: [...some, ...rest] }
  })
}

/** How many scenarios broke a money rule, and how many of those the baseline lists. */
export function moneyVerdict(result: RunResult): string {
  const known = brokenRules(result, { known: true }).length
  const broken = brokenRules(result, { known: false }).length + known
  if (broken === 0)
    return `nothing lost, nothing created${result.withheld > 0 ? ', but for what is withheld' : ''}`
  return `${broken} money rules broken${known > 0 ? ` (${known} known)` : ''}`
}

function totalsLine({ summary: { pass, fail, warn, skip, blocked }, checks, withheld }: RunResult): string {
  const known = checks.filter((check) => check.known !== undefined).length
  const parts = [`${pass} passed`, `${fail} failed`]
  if (warn > 0) parts.push(`${warn} warned`)
  if (skip > 0) parts.push(`${skip} skipped`)
  if (blocked > 0) parts.push(`${blocked} not judged`)
  const more = withheldLine(withheld)
  const rest = more === undefined ? '' : `\n  ${more}`
  return `  ${parts.join(', ')}${known > 0 ? `   (${known} known, in the baseline)` : ''}${rest}`
}
