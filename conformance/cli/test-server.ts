/** `test server`: judges a running server, or starts a target and judges it. */
import { writeFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { defaultRpcUrl } from '../../src/cli/chain.ts'
import { account, keyOption, tokens } from '../../src/cli/options.ts'
import { CliError, integer, print } from '../../src/cli/output.ts'
import { foreignChain, ownChain } from '../harness/environment.ts'
import { isResourceName, type ResourceName, resourceNames } from '../kit/capability.ts'
import { preflight } from '../peers/mpp/payer/preflight.ts'
import { stated } from '../peers/mpp/payer/units/stated.ts'
import type { UnitMap } from '../peers/mpp/payer/units/unit-map.ts'
import { htmlPage } from '../report/html/page.ts'
import { junit } from '../report/junit.ts'
import { markdown } from '../report/markdown.ts'
import { type Judged, judgeServer, newSeed } from './judge.ts'
import { defaultTimeout, replay } from './replay.ts'
import { stage } from './stage.ts'

export interface ServerOptions {
  target?: string
  start?: string
  resource: Partial<Record<ResourceName, string>>
  rpcUrl?: string
  privateKey?: string
  accept?: string
  only?: string
  json?: string
  junit?: string
  md?: string
  html?: string
  baseline: boolean
  timeout: number
  kills?: number
  deposit?: bigint
  unit?: UnitMap
  seed?: string
}

export function registerTestServer(test: Command): void {
  test
    .command('server')
    .description('judge a payment server: a running one by URL, or one of conformance/targets by name')
    .argument('[url]', 'the paid resource')
    .option('--target <name>', 'start this target and judge it (reference, reference-v1: our own server)')
    .option('--start <command>', 'start the server with this command; {port} in the URL is where it listens')
    .option(
      '--resource <name=path>',
      'an optional resource the server has, any number of times; see conformance/README.md',
      resource,
      {},
    )
    .option(
      '--rpc-url <url>',
      `chain the server settles on (default ${defaultRpcUrl}; with --target: the kit's own)`,
    )
    .addOption(
      keyOption('account that funds the payers on a chain that is not the kit’s own', 'FUNDER_PRIVATE_KEY'),
    )
    .option('--accept <type>', 'what requests accept (default text/event-stream)')
    .option('--only <glob>', 'checks, scenarios or features to run')
    .option('--json <file>', 'write the result as JSON')
    .option('--junit <file>', 'write the result as JUnit XML')
    .option('--md <file>', 'write the result as Markdown')
    .option('--html <file>', 'write the result as one self-contained HTML page')
    .option('--no-baseline', 'report known failures of the target too')
    .option('--timeout <seconds>', 'longest wait for one answer', integer(1, 600), defaultTimeout)
    .option('--deposit <tokens>', 'least deposit the server takes, where its challenges do not say', tokens)
    .option(
      '--unit <statement>',
      'what a unit is where streams are too irregular to learn it: free=1,events=2,units=1 or data=PATTERN',
      unit,
    )
    .option('--kills <n>', 'how often the server is killed and started again', integer(1, 10_000))
    .option('--seed <text>', 'derives the payers; printed with every run')
    .action(async (url: string | undefined, options: ServerOptions) => {
      if ((url === undefined) === (options.target === undefined))
        throw new CliError('give the URL of a running server, or --target NAME to start one')
      if (options.start !== undefined && url === undefined)
        throw new CliError('--start needs the URL it will listen on, as http://127.0.0.1:{port}/path')
      process.exitCode = await testServer(url, options)
    })
}

async function testServer(url: string | undefined, options: ServerOptions): Promise<0 | 1> {
  const { target, start, rpcUrl } = options
  const privateKey = options.privateKey === undefined ? undefined : account(options.privateKey).privateKey
  const environment =
    (target !== undefined || start !== undefined) && rpcUrl === undefined
      ? await ownChain()
      : await foreignChain(rpcUrl ?? defaultRpcUrl, privateKey)
  try {
    const staged = await stage(url, options, environment)
    try {
      const resources = { ...staged.resources, ...options.resource }
      const accept = options.accept ?? staged.accept
      const said = options.unit ?? staged.unit
      const subject = {
        ...(await preflight(staged.url, environment, options.timeout * 1000, resources)),
        ...staged.powers,
        ...(accept === undefined ? {} : { accept }),
        ...(options.kills === undefined ? {} : { kills: options.kills }),
        ...(options.deposit === undefined ? {} : { deposit: options.deposit }),
        ...(said === undefined ? {} : { stated: said }),
      }
      const judged = await judgeServer({
        target: staged.label,
        subject,
        baseline: options.baseline ? staged.baseline : [],
        seed: options.seed ?? newSeed(),
        ...(options.only === undefined ? {} : { only: options.only }),
        replay: replay(url, options),
        print,
      })
      await writeReports(judged, options)
      return judged.code
    } finally {
      await staged.stop()
    }
  } finally {
    await environment.close()
  }
}

/** Writes the reports that were asked for. */
async function writeReports(
  judged: Judged,
  { json, junit: junitFile, md, html }: ServerOptions,
): Promise<void> {
  const { result } = judged
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`)
  if (junitFile !== undefined) writeFileSync(junitFile, junit(result))
  if (md !== undefined) writeFileSync(md, markdown(result))
  if (html !== undefined) writeFileSync(html, await htmlPage(judged))
}

/** Reads what is stated of units. */
function unit(text: string): UnitMap {
  try {
    return stated(text)
  } catch (error) {
    if (error instanceof TypeError) throw new InvalidArgumentError(error.message)
    throw error
  }
}

/** Reads one `name=path` and adds it to those before. */
function resource(text: string, before: Partial<Record<ResourceName, string>>) {
  const [name, path] = text.split(/=(.*)/s)
  if (name === undefined || !isResourceName(name) || path === undefined || path === '')
    throw new InvalidArgumentError(
      `expected name=path with a name of ${Object.keys(resourceNames).join(', ')}`,
    )
  return { ...before, [name]: path }
}
