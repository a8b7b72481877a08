/** `test`: judges a running target, or starts one and judges it. The suite says what can be stated of it. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { defaultRpcUrl } from '../../src/cli/chain.ts'
import { account, keyOption } from '../../src/cli/options.ts'
import { CliError, integer, print } from '../../src/cli/output.ts'
import { stateOption } from '../../src/cli/state.ts'
import { foreignChain, ownChain } from '../harness/environment.ts'
import { beforeEnd } from '../harness/process.ts'
import { reach } from '../harness/reach.ts'
import type { World } from '../harness/world.ts'
import { type Judged, newSeed } from '../kit/judge.ts'
import { type AnySuite, nameOf, type Statement } from '../kit/suite.ts'
import { htmlPage } from '../report/html/page.ts'
import { junit } from '../report/junit.ts'
import { markdown } from '../report/markdown.ts'
import { shellWord } from '../report/text.ts'
import { suiteOf, suites } from '../suites/index.ts'
import { judgeAloud } from './judge-aloud.ts'
import { loansIn } from './loans.ts'
import { defaultTimeout, replay } from './replay.ts'
import { mustBeWritable, writeReport } from './report-file.ts'
import { self } from './self.ts'

export interface TestOptions {
  profile: string
  target?: string
  start?: string
  /** The URL where a client that runs for long is told what to fetch. */
  control?: string
  resource: Readonly<Record<string, string>>
  rpcUrl?: string
  privateKey?: string
  only?: string
  json?: string
  junit?: string
  md?: string
  html?: string
  baseline: boolean
  timeout: number
  seed?: string
  stateDir: string
  /** What the suite lets be stated. */
  [statement: string]: unknown
}

export function registerTest(program: Command): void {
  const test = program.command('test').description('judge an implementation')
  for (const role of new Set(suites.map((each) => each.role))) registerRole(test, role)
}

function registerRole(test: Command, role: string): void {
  const own = suites.filter((each) => each.role === role)
  const profiles = own.map(({ profile }) => profile)
  const names = own.flatMap(({ ownTargets }) => Object.keys(ownTargets))
  const command = test.command(role)
  const runs = own.some((each) => each.runs === 'command')
  if (runs)
    command
      .description(
        `judge a payment ${role}: a command that pays for a URL, or one of conformance/targets by name`,
      )
      .argument(
        '[command...]',
        'after --: run once for each errand; the URL is appended, or filled in for {url}',
      )
      .option(
        '--control <url>',
        `where a ${role} that runs already is told of its errands; see conformance/README.md`,
      )
  else
    command
      .description(`judge a payment ${role}: a running one by URL, or one of conformance/targets by name`)
      .argument('[url]', 'the paid resource')
      .option(
        '--start <command>',
        `start the ${role} with this command; {port} in the URL is where it listens`,
      )
  command
    .addOption(new Option('--profile <profile>', 'the protocol').choices(profiles).default(profiles[0]))
    .option('--target <name>', `start this target and judge it (${names.join(', ')}: our own ${role})`)
    .option(
      '--resource <name=path>',
      `an optional resource the ${role} has, any number of times; see conformance/README.md`,
      resource,
      {},
    )
    .option(
      '--rpc-url <url>',
      `chain the ${role} settles on (default ${defaultRpcUrl}; with --target: the kit's own)`,
    )
    .addOption(
      keyOption('account that funds the payers on a chain that is not the kit’s own', 'FUNDER_PRIVATE_KEY'),
    )
    .option('--only <glob>', 'checks, scenarios or features to run')
    .option('--json <file>', 'write the result as JSON')
    .option('--junit <file>', 'write the result as JUnit XML')
    .option('--md <file>', 'write the result as Markdown')
    .option('--html <file>', 'write the result as one self-contained HTML page')
    .option('--no-baseline', 'report known failures of the target too')
    .option('--timeout <seconds>', 'longest wait for one answer', integer(1, 600), defaultTimeout)
    .option('--seed <text>', 'derives the payers; printed with every run')
    .addOption(
      stateOption('where the keys of payers on a chain that is not the kit’s are, until their money is back'),
    )
  const statements = own.flatMap((each) => Object.values(each.statements) as Statement[])
  for (const flag of new Set(statements.flatMap((each) => each.flag ?? []))) {
    const whats = statements.flatMap((each) => (each.flag === flag ? each.what : []))
    command.option(flag, [...new Set(whats)].join('; or '))
  }
  command.action(async (given: string | string[] | undefined, options: TestOptions) => {
    if (Array.isArray(given)) {
      const { target, control } = options
      const ways = [given.length > 0, target !== undefined, control !== undefined].filter(Boolean)
      if (ways.length !== 1)
        throw new CliError(`give the command of a ${role} after --, or --target NAME, or --control URL`)
      if (control !== undefined && !/^https?:\/\//.test(control))
        throw new CliError(`${control} is not an http URL`)
      const words = given.length === 0 ? { control } : { command: commandOf(given) }
      process.exitCode = await testTarget(suiteOf(options.profile, role), words, options)
      return
    }
    const url = given
    if ((url === undefined) === (options.target === undefined))
      throw new CliError(`give the URL of a running ${role}, or --target NAME to start one`)
    if (options.start !== undefined && url === undefined)
      throw new CliError('--start needs the URL it will listen on, as http://127.0.0.1:{port}/path')
    process.exitCode = await testTarget(
      suiteOf(options.profile, role),
      url === undefined ? {} : { url },
      options,
    )
  })
}

/** Words of a command line to a shell command; one word is one already. */
const commandOf = (words: readonly string[]): string =>
  words.length === 1
    ? (words[0] as string)
    : words.map((word) => (word.includes('{url}') ? word : shellWord(word))).join(' ')

/**
 * What is stated of the target, read as the suite that judges it reads it: suites of one role may have one flag for
 * different things. Throws `CliError`, also for what only another suite of the role lets be stated.
 */
function stated(suite: AnySuite<World>, options: TestOptions): Readonly<Record<string, unknown>> {
  const others = suites
    .filter(({ role }) => role === suite.role)
    .flatMap((each) => Object.keys(each.statements))
  const names = [...new Set(others)].filter((name) => options[name] !== undefined)
  return Object.fromEntries(names.map((name) => [name, read(suite, name, String(options[name]))]))
}

function read(suite: AnySuite<World>, name: string, text: string): unknown {
  const statement = suite.statements[name]
  if (statement === undefined) throw new CliError(`--${name} says nothing to ${nameOf(suite)}`)
  try {
    return statement.parse(text)
  } catch (error) {
    if (error instanceof TypeError)
      throw new CliError(`option '${statement.flag}' argument '${text}' is invalid. ${error.message}`)
    throw error
  }
}

async function testTarget(
  suite: AnySuite<World>,
  given: { url?: string; command?: string; control?: string | undefined },
  options: TestOptions,
): Promise<0 | 1> {
  const { target, start, rpcUrl, resource: named } = options
  const statements = stated(suite, options)
  const privateKey = options.privateKey === undefined ? undefined : account(options.privateKey).privateKey
  const stray = Object.keys(named).find((name) => !(name in suite.offers.resources))
  if (stray !== undefined)
    throw new CliError(
      `--resource ${stray}: expected name=path with a name of ${Object.keys(suite.offers.resources).join(', ')}`,
    )
  mustBeWritable([options.json, options.junit, options.md, options.html])
  // Where the kit starts or sends the target, it brings the chain as well.
  const brings = target !== undefined || start !== undefined || suite.runs === 'command'
  const ours = brings && rpcUrl === undefined
  const environment = ours
    ? await ownChain(chainIdOf(suite))
    : await foreignChain(rpcUrl ?? defaultRpcUrl, privateKey, loansIn(options.stateDir))
  const giveBack = async () => {
    const left = await environment.giveBack()
    for (const line of left) print(`  ${line}`)
    if (left.length > 0)
      print(`  the keys stay in ${environment.keysIn}; get it back: streamed-payments loans recover`)
  }
  // Money of others is given back however the run ends.
  const forget = ours ? undefined : beforeEnd(giveBack)
  try {
    if (environment.keysIn !== undefined)
      print(`  the keys of the payers are in ${environment.keysIn} until their money is back`)
    const reached = await reach(suite, { ...given, target, start }, environment, { self, print })
    try {
      const seed = options.seed ?? newSeed()
      const world: World = {
        url: reached.url,
        environment,
        timeoutMs: options.timeout * 1000,
        resources: { ...reached.resources, ...named },
        statements: { ...reached.statements, ...statements },
        ...reached.powers,
      }
      const judged = await judgeAloud(suite, await suite.look(world, environment.keysFrom(seed)), {
        target: reached.label,
        baseline: options.baseline ? reached.baseline : [],
        seed,
        only: options.only,
        replay: replay(suite, given, { ...options, ...statements }),
      })
      return (await writeReports(judged, options)) ? judged.code : 1
    } finally {
      await reached.stop()
    }
  } finally {
    await giveBack()
    forget?.()
    await environment.close()
  }
}

/** The chain that targets of a suite are told of, where it is a certain one. */
const chainIdOf = ({ environment: { CHAIN_ID } }: AnySuite<World>): number | undefined =>
  CHAIN_ID === undefined ? undefined : Number(CHAIN_ID)

/** Writes the reports that were asked for; answers whether all are there. */
async function writeReports(
  judged: Judged,
  { json, junit: junitFile, md, html }: TestOptions,
): Promise<boolean> {
  const { result } = judged
  const written = [
    await writeReport(json, () => `${JSON.stringify(result, null, 2)}\n`),
    await writeReport(junitFile, () => junit(result)),
    await writeReport(md, () => markdown(result)),
    await writeReport(html, () => htmlPage(judged)),
  ]
  return !written.includes(false)
}

/** Reads one `name=path` and adds it to those before. */
function resource(text: string, before: Readonly<Record<string, string>>) {
  const [name, path] = text.split(/=(.*)/s)
  if (name === undefined || path === undefined || path === '')
    throw new InvalidArgumentError('expected name=path')
  return { ...before, [name]: path }
}
