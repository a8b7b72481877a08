/** `selftest`: every fault of the suites against the scenarios that hold its declared checks, in several processes. */
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Command, Option } from 'commander'
import { integer, print } from '../../src/cli/output.ts'
import { type FaultPool, faultPool } from '../harness/pool.ts'
import type { World } from '../harness/world.ts'
import { type FaultResult, killMatrix } from '../kit/kill-matrix.ts'
import { globMatcher } from '../kit/run.ts'
import { scenariosOf } from '../kit/selftest.ts'
import { type AnySuite, checksOf, nameOf } from '../kit/suite.ts'
import { SetupError } from '../kit/verdict.ts'
import { matrixPage } from '../report/html/matrix.ts'
import { faultLine, matrixLines } from '../report/kill-matrix.ts'
import { suites } from '../suites/index.ts'
import { selftestControls } from './controls.ts'
import { mustBeWritable, writeReport } from './report-file.ts'

interface Options {
  full?: boolean
  only?: string
  role?: string
  profile?: string
  variant: string[]
  jobs: number
  json?: string
  html?: string
  /** Globs; true without any. */
  controls?: true | string[]
}

export function registerSelftest(program: Command): void {
  const choices = (of: 'role' | 'profile') => [...new Set(suites.map((each) => each[of]))]
  program
    .command('selftest')
    .description('prove the checks: run every fault against the scenarios that hold its declared checks')
    .addOption(new Option('--profile <profile>', 'faults of this profile alone').choices(choices('profile')))
    .addOption(new Option('--role <role>', 'faults of this role alone').choices(choices('role')))
    .option('--full', 'against all scenarios: shows what else each fault breaks; minutes instead of seconds')
    .option('--only <glob>', 'faults by name')
    .option(
      '--variant <name...>',
      'also against stand-ins that do lawfully otherwise, as servers that send their units otherwise',
      [],
    )
    .option(
      '--jobs <count>',
      'processes side by side; they wait for silent stand-ins much of their time',
      integer(1, 64),
      Math.min(4, availableParallelism() + 1),
    )
    .option('--json <file>', 'write the kill matrix as JSON')
    .option('--html <file>', 'write the kill matrix as one self-contained HTML page')
    .option(
      '--controls [name...]',
      'instead of faults, peers that are lawful in other ways: nothing may be red; --only picks features',
    )
    .action(async (options: Options) => {
      const { controls, only } = options
      process.exitCode = await (controls === undefined
        ? selftest(options)
        : selftestControls(chosenSuites(options), controls === true ? [] : controls, only))
    })
}

/** The suites of a role and a profile, all where none is named. */
const chosenSuites = ({ role, profile }: Options): AnySuite<World>[] =>
  suites.filter(
    (each) =>
      (role === undefined || each.role === role) && (profile === undefined || each.profile === profile),
  )

async function selftest(options: Options): Promise<0 | 1> {
  const { only, variant, jobs, json, html } = options
  mustBeWritable([json, html])
  const wanted = only === undefined ? () => true : globMatcher(only)
  const chosen = chosenSuites(options)
  const work: Work[] = []
  for (const suite of chosen) {
    const known = await suite.variants()
    const stray = variant.find((name) => !known.includes(name))
    if (stray !== undefined) throw new SetupError(`no variant ${stray}; there are ${known.join(', ')}`)
    const faults = (await suite.faults()).filter(({ name }) => wanted(name))
    if (faults.length > 0) work.push({ suite, faults })
  }
  if (work.length === 0) throw new SetupError(`no fault ${only ?? ''}; see list faults`)
  const count = work.reduce((sum, { faults }) => sum + faults.length, 0)
  const worker = fileURLToPath(
    new URL(`./fault-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
  )
  await using pool = faultPool(Math.min(jobs, count + 1), worker)
  const results: FaultResult[] = []
  let red = 0
  // All are queued before the first is told: the processes go from one suite to the next without waiting for its last.
  const queued = work.map((each) => judgeAll(each, pool, options))
  for (const tell of queued) {
    const done = await tell()
    results.push(...done.results)
    red += done.red
  }
  const matrix = killMatrix(results, only === undefined ? work.flatMap(({ suite }) => checksOf(suite)) : [])
  for (const line of matrixLines(matrix)) print(line)
  const written = [
    await writeReport(json, () => `${JSON.stringify(matrix, null, 2)}\n`),
    await writeReport(html, () => matrixPage(matrix)),
  ]
  const good = results.filter(({ killed, exact }) => killed && exact).length
  const bad = results.length - good + red + matrix.unkilled.length
  print('')
  print(`  ${good} passed, ${bad} failed`)
  return bad === 0 && !written.includes(false) ? 0 : 1
}

interface Work {
  suite: AnySuite<World>
  faults: Awaited<ReturnType<AnySuite<World>['faults']>>
}

/**
 * Queues the unbroken stand-in and the faults of one suite. The answer prints each as soon as it and those before it are
 * through.
 */
function judgeAll(
  { suite, faults }: Work,
  pool: FaultPool,
  { full = false, only, variant }: Options,
): () => Promise<{ results: FaultResult[]; red: number }> {
  const name = nameOf(suite)
  const all = full || only === undefined
  const whole = pool.judge({ suite: name, only: all ? undefined : scenariosOf(suite, faults) })
  const scenarios = (fault: Work['faults'][number]) => (full ? undefined : scenariosOf(suite, [fault]))
  const judged = [
    ...faults.map((fault) => pool.judge({ suite: name, fault: fault.name, only: scenarios(fault) })),
    ...variant.flatMap((behind) =>
      faults
        .filter((fault) => suite.variesWith(fault))
        .map((fault) =>
          pool.judge({
            suite: name,
            fault: fault.name,
            only: scenariosOf(suite, [fault]),
            variant: behind,
          }),
        ),
    ),
  ]
  // Whoever fails first is told; those that end with the pool have nothing to add.
  for (const each of [whole, ...judged]) each.catch(() => undefined)
  return async () => {
    const { elsewhere: red } = await whole
    print(
      red.length === 0
        ? `  ✓ ${name}: nothing is red on the unbroken stand-in${all ? '' : ' in the scenarios of these faults'}`
        : `  ✗ ${name}: red on the unbroken stand-in: ${red.join(', ')}`,
    )
    const results: FaultResult[] = []
    for (const result of judged) {
      results.push(await result)
      print(faultLine(results.at(-1) as FaultResult))
    }
    return { results, red: red.length }
  }
}
