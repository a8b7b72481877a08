/** `selftest`: every fault against the scenarios that hold its declared checks. It proves the checks, not a target. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { print } from '../../src/cli/output.ts'
import type { ServerFault } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import { launchInProcess, referenceResources, startReference } from '../faults/reference.ts'
import { ownChain } from '../runner/environment.ts'
import { loadRequirements, type Requirement } from '../runner/requirements.ts'
import { featureOf, run, type ScenarioResult } from '../runner/run.ts'
import { SetupError } from '../runner/verdict.ts'
import { preflight } from '../suites/mpp/preflight.ts'
import type { SubjectOptions } from '../suites/mpp/subject.ts'
import { capabilitiesOf, serverScenarios, serverSuite } from '../suites/mpp/suite.ts'

/** One fault's outcome. */
export interface FaultResult {
  name: string
  role: 'server' | 'client'
  breaks: string
  /** Checks it is declared to turn red. */
  expected: readonly string[]
  /** Checks it turned red. */
  failed: readonly string[]
  /** Whether all declared checks turned red. */
  killed: boolean
  /** Whether no others did. */
  exact: boolean
}

/** Broken servers fall silent; the reference answers in milliseconds. */
const timeoutMs = 1_500

export function registerSelftest(program: Command): void {
  program
    .command('selftest')
    .description('prove the checks: run every fault against the scenarios that hold its declared checks')
    .option('--full', 'against all scenarios')
    .option('--only <name>', 'one fault')
    .option('--json <file>', 'write the kill matrix as JSON')
    .action(async (options: { full?: boolean; only?: string; json?: string }) => {
      process.exitCode = await selftest(options)
    })
}

async function selftest(options: { full?: boolean; only?: string; json?: string }): Promise<0 | 1> {
  const chosen = faults.filter(({ name }) => options.only === undefined || name === options.only)
  if (chosen.length === 0) throw new SetupError(`no fault ${options.only}; see list faults`)
  const requirements = loadRequirements()
  const green = await runWith(undefined, requirements)
  const red = failedIn(green)
  print(
    red.length === 0
      ? '  ✓ nothing is red on the unbroken reference'
      : `  ✗ red on the unbroken reference: ${red.join(', ')}`,
  )
  const results: FaultResult[] = []
  for (const fault of chosen) {
    const result = await judgeFault(fault, requirements, options.full ?? false)
    results.push(result)
    print(faultLine(result))
  }
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ faults: results }, null, 2)}\n`)
  const good = results.filter(({ killed, exact }) => killed && exact).length
  print('')
  print(`  ${good} passed, ${results.length - good + red.length} failed`)
  return good === results.length && red.length === 0 ? 0 : 1
}

function faultLine({ name, expected, failed, killed, exact }: FaultResult): string {
  const missed = expected.filter((check) => !failed.includes(check))
  const more = failed.filter((check) => !expected.includes(check))
  const notes = [
    missed.length > 0 ? `not red: ${missed.join(', ')}` : '',
    more.length > 0 ? `red too: ${more.join(', ')}` : '',
  ]
  return `  ${killed && exact ? '✓' : '✗'} ${name.padEnd(34)} ${killed && exact ? `${failed.length} red` : notes.filter(Boolean).join('; ')}`
}

/** Runs one fault and compares what turned red with what was declared. */
export async function judgeFault(
  fault: ServerFault,
  requirements: ReadonlyMap<string, Requirement>,
  full: boolean,
): Promise<FaultResult> {
  const holding = serverScenarios.filter(
    ({ id, checks }) =>
      fault.caughtBy.some((check) => check in checks) || fault.during?.includes(featureOf(id)) === true,
  )
  const only = full ? undefined : holding.map(({ id }) => id).join(',')
  const failed = failedIn(await runWith(fault, requirements, only))
  const { name, role, breaks, caughtBy } = fault
  return {
    name,
    role,
    breaks,
    expected: caughtBy,
    failed,
    killed: caughtBy.every((check) => failed.includes(check)),
    exact: failed.every((check) => caughtBy.includes(check)),
  }
}

async function runWith(
  fault: ServerFault | undefined,
  requirements: ReadonlyMap<string, Requirement>,
  only?: string,
): Promise<ScenarioResult[]> {
  const environment = await ownChain()
  const server = await startReference(environment.node, { fault })
  try {
    const { node } = environment
    const launch = () => launchInProcess(node, fault)
    const subject = { ...(await subjectAt(`${server.url}/poem`, environment)), node, launch }
    return await run(serverSuite(subject, fault?.name ?? 'unbroken'), {
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
