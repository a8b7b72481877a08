/** What `test` judges, and how it gets there: a running server, a command of the user's, a target by name. */
import { type BaselineEntry, baselineOf } from '../kit/baseline.ts'
import type { AnySuite, Statements } from '../kit/suite.ts'
import { SetupError } from '../kit/verdict.ts'
import { commandDrive, type Drive } from './drive.ts'
import type { Environment } from './environment.ts'
import { type Launch, launch } from './process.ts'
import { remoteDrive } from './remote-client.ts'
import { build, install, launchOf, loadTarget, targetNames } from './target.ts'
import type { World } from './world.ts'

/** A target that is there. */
export interface Reached {
  label: string
  url: string
  resources: Readonly<Record<string, string>>
  statements: Statements
  powers: Pick<World, 'node' | 'launch' | 'drive' | 'command'>
  baseline: readonly BaselineEntry[]
  stop(): Promise<void>
}

export interface Named {
  url?: string | undefined
  target?: string | undefined
  /** A shell command that starts the target. */
  start?: string | undefined
  /** A shell command that makes one run of a client. */
  command?: string | undefined
  /** The URL where a client that runs for long is told what to fetch. */
  control?: string | undefined
}

/** Starts what must be started. `self`: the command that runs this program. Rejects with `SetupError`. */
export async function reach(
  suite: AnySuite<World>,
  { url = '', target, start, command: errand, control }: Named,
  environment: Environment,
  { self, print }: { self: string; print(line: string): void },
): Promise<Reached> {
  const begin = (options: Launch) => started(suite, options, environment)
  const here = process.cwd()
  if (control !== undefined) return client(control, remoteDrive(control))
  if (suite.runs === 'command' && target === undefined)
    return client(errand ?? '', commandDrive(errand ?? '', here))
  if (target === undefined)
    return start === undefined
      ? running(url)
      : await begin({ name: start, command: start, cwd: here, url, env: {} })
  const own = suite.ownTargets[target]
  if (own !== undefined) {
    const { command, resources, statements, ...options } = own
    // The package's own client runs in the kit's process; checks that need a process start it as a command.
    if (suite.runs === 'command')
      return { ...client(target, undefined, commandDrive(`${self} ${command}`, here)), statements }
    const reached = await begin({ ...options, name: target, command: `${self} ${command}`, cwd: here })
    return { ...reached, resources, statements }
  }
  const file = targetOf(suite, target)
  await install(file, print)
  await build(file, print)
  const { folder, baseline, resources, run, name, version } = file
  if (suite.runs === 'command' && run === undefined)
    throw new SetupError(`${name}/target.yaml: run is missing`)
  const reached =
    run === undefined
      ? await begin(launchOf(file, {}))
      : client(`${name} ${version}`, commandDrive(run, folder))
  return {
    ...reached,
    resources,
    statements: statementsOf(suite, file.statements, target),
    baseline: baseline === undefined ? [] : baselineOf(suite, `${folder}/${baseline}`),
  }
}

/** A client target. */
const client = (label: string, drive: Drive | undefined, command = drive): Reached => ({
  ...running(''),
  label,
  powers: { drive, command },
})

/** A server that the kit did not start: all that its URL shows is judged. */
const running = (url: string): Reached => ({
  url,
  label: url,
  resources: {},
  statements: {},
  powers: {},
  baseline: [],
  stop: async () => undefined,
})

/** A server of a command: the kit stands between it and its chain, and starts more of it to kill them. */
async function started(suite: AnySuite<World>, options: Launch, environment: Environment): Promise<Reached> {
  const env = {
    RPC_URL: environment.nodeUrl,
    CHAIN_ID: String(environment.chainId),
    ...suite.environment,
    ...(await suite.prepare?.(environment)),
    ...options.env,
  }
  const start = (more: Readonly<Record<string, string>> = {}) =>
    launch({ ...options, env: { ...env, ...more } })
  const { url, stop } = await start()
  return {
    ...running(url),
    label: options.name,
    powers: { node: environment.node, launch: start },
    stop,
  }
}

/** The file of a target of this suite. Throws `SetupError` when it is none, or asks for what the suite does not know. */
function targetOf(suite: AnySuite<World>, name: string) {
  const own = Object.keys(suite.ownTargets)
  if (!targetNames().includes(name))
    throw new SetupError(`no target ${name}; there are ${[...own, ...targetNames()].join(', ')}`)
  const file = loadTarget(name)
  if (file.profile !== suite.profile || file.role !== suite.role)
    throw new SetupError(
      `${name} is a target of ${file.profile}/${file.role}, not of ${suite.profile}/${suite.role}`,
    )
  const stray = Object.keys(file.resources).find((resource) => !(resource in suite.offers.resources))
  if (stray !== undefined)
    throw new SetupError(`${name}/target.yaml: resources.${stray} is no resource of the suite`)
  return file
}

/** Reads the statements of a target file. */
function statementsOf(
  { statements }: AnySuite<World>,
  said: Readonly<Record<string, unknown>>,
  name: string,
): Statements {
  const read = ([key, value]: [string, unknown]): [string, unknown] => {
    const statement = statements[key]
    if (statement === undefined) throw new SetupError(`${name}/target.yaml: ${key} is no member`)
    try {
      return [key, typeof value === 'string' ? statement.parse(value) : value]
    } catch (error) {
      if (error instanceof TypeError) throw new SetupError(`${name}/target.yaml: ${key}: ${error.message}`)
      throw error
    }
  }
  return Object.fromEntries(Object.entries(said).map(read))
}
