/** `selftest`: every fault against the scenarios that hold its declared checks. It proves the checks, not a target. */
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { type Command, Option } from 'commander'
import { integer, print } from '../../src/cli/output.ts'
import { ownChain } from '../harness/environment.ts'
import type { Requirement } from '../kit/requirements.ts'
import { featureOf, globMatcher, run, type ScenarioResult } from '../kit/run.ts'
import { SetupError } from '../kit/verdict.ts'
import { type Variant, variants } from '../peers/mpp/payee/delivery.ts'
import { launchInProcess, referenceResources, startReference } from '../peers/mpp/payee/reference.ts'
import { preflight } from '../peers/mpp/payer/preflight.ts'
import type { SubjectOptions } from '../peers/mpp/payer/subject.ts'
import { matrixPage } from '../report/html/matrix.ts'
import { type FaultResult, killMatrix, matrixLines } from '../report/kill-matrix.ts'
import { auditRules } from '../suites/mpp/server/audit.ts'
import { type ServerFault, unbroken } from '../suites/mpp/server/fault.ts'
import { serverFaults, serverScenarios } from '../suites/mpp/server/scenarios.ts'
import { capabilitiesOf, serverSuite } from '../suites/mpp/server/suite.ts'
import { selftestControls } from './controls.ts'
import { faultPool } from './fault-pool.ts'

/** Broken servers fall silent; the reference answers in milliseconds. */
const timeoutMs = 1_500

interface Options {
  full?: boolean
  only?: string
  role?: 'server' | 'client'
  variant: string[]
  jobs: number
  json?: string
  html?: string
  /** Globs; true without any. */
  controls?: true | string[]
}

export function registerSelftest(program: Command): void {
  program
    .command('selftest')
    .description('prove the checks: run every fault against the scenarios that hold its declared checks')
    .addOption(new Option('--role <role>', 'faults of this role alone').choices(['server', 'client']))
    .option('--full', 'against all scenarios: shows what else each fault breaks; minutes instead of seconds')
    .option('--only <glob>', 'faults by name')
    .addOption(
      new Option(
        '--variant <name...>',
        'also against servers that send their units otherwise: faults of streams, accounting, closes and crashes',
      )
        .choices(Object.keys(variants))
        .default([]),
    )
    .option(
      '--jobs <count>',
      'processes side by side; they wait for silent servers much of their time',
      integer(1, 64),
      Math.min(4, availableParallelism() + 1),
    )
    .option('--json <file>', 'write the kill matrix as JSON')
    .option('--html <file>', 'write the kill matrix as one self-contained HTML page')
    .option(
      '--controls [name...]',
      'instead of faults, servers that are lawful in other ways: nothing may be red; --only picks features',
    )
    .action(async (options: Options) => {
      const { controls } = options
      process.exitCode = await (controls === undefined
        ? selftest(options)
        : selftestControls(controls === true ? [] : controls, options.only))
    })
}

async function selftest({ full = false, only, role, variant, jobs, json, html }: Options): Promise<0 | 1> {
  const faults = await serverFaults()
  const ofRole = faults.filter((fault) => role === undefined || fault.role === role)
  if (ofRole.length === 0)
    throw new SetupError(`there are no ${role} faults yet: no check of a ${role} is proved`)
  const wanted = only === undefined ? () => true : globMatcher(only)
  const chosen = ofRole.filter(({ name }) => wanted(name))
  if (chosen.length === 0) throw new SetupError(`no fault ${only}; see list faults`)

  await using pool = faultPool(Math.min(jobs, chosen.length + 1))
  const all = full || only === undefined
  const whole = pool.judge({ name: unbroken.name, only: all ? undefined : scenariosOf(chosen) })
  const judged = chosen.map((fault) =>
    pool.judge({ name: fault.name, only: full ? undefined : scenariosOf([fault]) }),
  )
  for (const name of variant)
    judged.push(
      ...chosen
        .filter(countsUnits)
        .map((fault) => pool.judge({ name: fault.name, only: scenariosOf([fault]), variant: name })),
    )
  // Whoever fails first is told; those that end with the pool have nothing to add.
  for (const each of judged) each.catch(() => undefined)
  const { elsewhere: red } = await whole
  print(
    red.length === 0
      ? `  ✓ nothing is red on the unbroken reference${all ? '' : ' in the scenarios of these faults'}`
      : `  ✗ red on the unbroken reference: ${red.join(', ')}`,
  )
  const results: FaultResult[] = []
  // In their own order, each as soon as it and those before it are through.
  for (const result of judged) {
    results.push(await result)
    print(faultLine(results.at(-1) as FaultResult))
  }
  const matrix = killMatrix(results, only === undefined ? checksOf(ofRole) : [])
  for (const line of matrixLines(matrix)) print(line)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(matrix, null, 2)}\n`)
  if (html !== undefined) writeFileSync(html, await matrixPage(matrix))
  const good = results.filter(({ killed, exact }) => killed && exact).length
  const bad = results.length - good + red.length + matrix.unkilled.length
  print('')
  print(`  ${good} passed, ${bad} failed`)
  return bad === 0 ? 0 : 1
}

/** Rooms whose checks count units: every variant has to be seen through there. */
const counting = new Set(['stream', 'streaming', 'accounting', 'close', 'closing', 'crash', 'slow', 'audit'])

/** Whether a fault is about how many units were sent, charged or captured. */
const countsUnits = ({ caughtBy }: ServerFault): boolean =>
  caughtBy.some((check) => counting.has(featureOf(check.split('.', 1)[0] ?? '')))

/** Checks that faults of these roles have to kill. */
const checksOf = (chosen: readonly ServerFault[]): string[] =>
  chosen.some(({ role }) => role === 'server')
    ? [...serverScenarios.flatMap(({ checks }) => Object.keys(checks)), ...Object.keys(auditRules)]
    : []

function faultLine({
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

/** The scenarios that hold the declared checks of a fault. */
const holding = ({ caughtBy, during = [] }: ServerFault): string[] =>
  serverScenarios
    .filter(({ id, checks }) => caughtBy.some((check) => check in checks) || during.includes(featureOf(id)))
    .map(({ id }) => id)

/** A glob over the scenarios that hold the declared checks of these faults. */
export const scenariosOf = (chosen: readonly ServerFault[]): string =>
  [...new Set(chosen.flatMap(holding))].join(',')

/** Runs one fault, in all scenarios or in those of a glob, and compares what turned red with what was declared. */
export async function judgeFault(
  fault: ServerFault,
  requirements: ReadonlyMap<string, Requirement>,
  { only, variant }: { only?: string | undefined; variant?: string | undefined } = {},
): Promise<FaultResult> {
  const results = await runWith(
    fault,
    requirements,
    only,
    variant === undefined ? undefined : variants[variant],
  )
  const held = new Set(holding(fault))
  const failed = failedIn(results.filter(({ scenario }) => held.has(scenario)))
  const elsewhere = failedIn(results.filter(({ scenario }) => !held.has(scenario)))
  const { name, role, breaks, caughtBy, made = 'rule' } = fault
  return {
    name,
    ...(variant === undefined ? {} : { variant }),
    role,
    breaks,
    expected: caughtBy,
    failed,
    elsewhere: elsewhere.filter((check) => !failed.includes(check)),
    killed: caughtBy.every((check) => failed.includes(check)),
    made,
    exact: made === 'generated' || failed.every((check) => caughtBy.includes(check)),
  }
}

async function runWith(
  fault: ServerFault,
  requirements: ReadonlyMap<string, Requirement>,
  only?: string,
  variant?: Variant,
): Promise<ScenarioResult[]> {
  const environment = await ownChain()
  const server = await startReference(environment.node, { fault, variant })
  try {
    const { node } = environment
    const launch = (env?: Readonly<Record<string, string>>) => launchInProcess(node, { fault, variant }, env)
    const subject = { ...(await subjectAt(`${server.url}/poem`, environment)), node, launch, watches: true }
    return await run(serverSuite(subject, fault.name), {
      requirements,
      capabilities: capabilitiesOf(subject),
      ...(only === undefined ? {} : { only }),
    })
  } finally {
    await server.close()
    await environment.close()
  }
}

/** A server too broken to be looked at is judged by the terms of the unbroken one. */
async function subjectAt(
  url: string,
  environment: Awaited<ReturnType<typeof ownChain>>,
): Promise<SubjectOptions> {
  const looked = await preflight(url, environment, timeoutMs, referenceResources).catch((error: unknown) => {
    if (error instanceof SetupError) return undefined
    throw error
  })
  if (looked?.terms !== undefined) return looked
  const unbroken = await startReference(environment.rpc)
  try {
    const { resources, ...subject } = await preflight(
      `${unbroken.url}/poem`,
      environment,
      timeoutMs,
      referenceResources,
    )
    const moved = [...resources].map(
      ([name, { url: at, terms }]) =>
        [name, { url: new URL(new URL(at).pathname, url).href, terms }] as const,
    )
    return { ...subject, url, resources: new Map(moved) }
  } finally {
    await unbroken.close()
  }
}

/** Checks and audit rules that are red; the kit's own failures count as red too. */
function failedIn(results: readonly ScenarioResult[]): string[] {
  const red = results.flatMap(({ checks, audit, harnessError }) => [
    ...checks.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn').map(({ id }) => id),
    ...(audit?.rules.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id) ?? []),
    ...(harnessError === undefined ? [] : [`harness: ${harnessError}`]),
  ])
  return [...new Set(red)].sort()
}
