/** `list`: what the kit knows without running anything. */
import type { Command } from 'commander'
import { Argument } from 'commander'
import { print, printJson } from '../../src/cli/output.ts'
import type { World } from '../harness/world.ts'
import { loadRequirements } from '../kit/requirements.ts'
import type { Cells } from '../kit/scenario.ts'
import { type AnySuite, nameOf } from '../kit/suite.ts'
import { type Bug, loadAttacks, loadBugs } from '../kit/threats.ts'
import { suites } from '../suites/index.ts'
import { loadVectors } from '../vectors/generate.ts'

export function registerList(program: Command): void {
  program
    .command('list')
    .description('list scenarios, requirements, faults, coverage, attacks or bugs')
    .addArgument(new Argument('<what>', 'what to list').choices(Object.keys(listings)))
    .option('--json', 'as JSON')
    .action(async (what: keyof typeof listings, options: { json?: boolean }) => {
      const listing = await listings[what]()
      if (options.json) printJson(listing.items, 2)
      else for (const line of listing.lines) print(line)
    })
}

/** The checks by requirement, of these suites or of all; the rules of the money audit are checks too. */
export function checksByRequirement(
  ...of: readonly AnySuite<World>[]
): ReadonlyMap<string, readonly string[]> {
  const out = new Map<string, string[]>()
  const judged = (of.length === 0 ? suites : of).flatMap(({ scenarios, auditRules }) => [
    ...scenarios.flatMap(({ checks }) => Object.entries(checks)),
    ...Object.entries(auditRules),
  ])
  for (const [check, requirements] of judged)
    for (const id of [requirements].flat()) out.set(id, [...(out.get(id) ?? []), check])
  return out
}

/** Where the vectors that name a requirement are, and how many. */
function vectorsByRequirement() {
  const out = new Map<string, { file: string; op: string; tests: number }[]>()
  for (const { file, groups } of loadVectors())
    for (const { op, requirements, tests } of groups) {
      const named = new Map<string, number>()
      for (const test of tests)
        for (const id of test.requirements ?? requirements) named.set(id, (named.get(id) ?? 0) + 1)
      for (const [id, count] of named) out.set(id, [...(out.get(id) ?? []), { file, op, tests: count }])
    }
  return out
}

const listings = {
  scenarios: listScenarios,
  requirements: listRequirements,
  faults: listFaults,
  coverage: listCoverage,
  attacks: listAttacks,
  bugs: listBugs,
}

function listScenarios() {
  const items = suites
    .flatMap(({ scenarios }) => scenarios)
    .map(({ id, title, needs = [], checks }) => ({
      id,
      title,
      needs,
      checks: Object.entries(checks).map(([check, judges]) => ({ id: check, requirements: [judges].flat() })),
    }))
  const lines = items.flatMap(({ id, title, checks }) => [
    `${id}   ${title}`,
    ...checks.map((check) => `  ${check.id.padEnd(36)} ${check.requirements.join(' ')}`),
  ])
  return { items, lines }
}

function listRequirements() {
  const checks = checksByRequirement()
  const vectors = vectorsByRequirement()
  const items = [...loadRequirements().values()].map(
    ({ id, level, role, observable, profile, unchecked }) => ({
      id,
      level,
      role,
      observable,
      profile,
      checks: checks.get(id) ?? [],
      vectors: vectors.get(id) ?? [],
      ...(unchecked === undefined ? {} : { reason: unchecked }),
    }),
  )
  const lines = items.map(({ id, level, role, checks: by, vectors: cases, reason }) => {
    const judges = by.length > 0 ? by : cases.map(({ file, op, tests }) => `vectors/${file} ${op} (${tests})`)
    return [
      id.padEnd(16),
      level.padEnd(10),
      role.padEnd(8),
      judges.length > 0 ? judges.join(' ') : `(${reason ?? 'no reason given'})`,
    ].join(' ')
  })
  return { items, lines }
}

async function listFaults() {
  const all = await Promise.all(
    suites.map(async (suite) => ({ suite: nameOf(suite), faults: await suite.faults() })),
  )
  const items = all
    .flatMap(({ suite, faults }) => faults.map((fault) => ({ suite, ...fault })))
    .map(({ suite, name, breaks, caughtBy, like = [] }) => ({
      name,
      suite,
      breaks,
      caughtBy,
      like,
    }))
  const lines = items.map(
    ({ name, breaks, caughtBy }) => `${name.padEnd(34)} ${breaks.padEnd(14)} ${caughtBy.join(' ')}`,
  )
  return { items, lines }
}

/** Tables of what is tried, with their empty cells and why they are empty. */
function listCoverage() {
  const items = suites
    .flatMap(({ scenarios }) => scenarios)
    .flatMap(({ id, title, cells }) =>
      cells === undefined
        ? []
        : {
            scenario: id,
            title,
            columns: cells.columns,
            rows: cells.rows.map((check) => ({
              check,
              cells: cells.columns.map((column) => cells.cell(check, column)),
            })),
          },
    )
  const lines = items.flatMap(({ scenario, title, columns, rows }) => {
    const reasons = [...new Set(rows.flatMap(({ cells }) => cells.flatMap((cell) => reasonOf(cell) ?? [])))]
    const mark = (cell: Cell) =>
      'tries' in cell ? String(cell.tries.length) : letter(reasons.indexOf(cell.empty))
    const width = Math.max(...columns.map(({ length }) => length)) + 2
    return [
      `${scenario}   ${title}`,
      `  ${''.padEnd(28)}${columns.map((column) => column.padStart(width)).join('')}`,
      ...rows.map(
        ({ check, cells }) =>
          `  ${check.padEnd(28)}${cells.map((cell) => mark(cell).padStart(width)).join('')}`,
      ),
      '',
      ...reasons.map((reason, i) => `  ${letter(i)}   ${reason}`),
      '',
    ]
  })
  return { items, lines }
}

type Cell = ReturnType<Cells['cell']>
const reasonOf = (cell: Cell): string | undefined => ('empty' in cell ? cell.empty : undefined)
const letter = (i: number): string => String.fromCharCode(97 + i)

/** What shows an attack or a bug, in one line, and what is not shown. */
function shownBy({ checks = [], vectors = [], tests = [], missing, unchecked }: Shown): string {
  const shown = [...checks, ...vectors.map((vector) => `vectors/${vector}`), ...tests].join(' ')
  const reason = unchecked ?? (missing === undefined ? undefined : `without ${missing}`)
  return [shown, reason === undefined ? '' : `(${reason})`].filter((part) => part !== '').join(' ')
}

type Shown = Omit<Bug, 'entry' | 'where' | 'what'>

function listAttacks() {
  const items = loadAttacks()
  const line = (id: string, title: string, shown: Shown) => `${id.padEnd(10)} ${title}\n  ${shownBy(shown)}`
  const lines = [
    ...items.attacks.map((each) => line(String(each.attack), each.title, each)),
    ...items.refusals.map((each) => line(`refusal ${each.rule}`, each.title, each)),
    ...items.controls.map((each) => line(each.control, each.title, each)),
  ]
  return { items, lines }
}

function listBugs() {
  const items = loadBugs()
  const lines = items.map(
    (each) => `${String(each.entry).padEnd(4)} ${each.where.join(', ')}: ${each.what}\n  ${shownBy(each)}`,
  )
  return { items, lines }
}
