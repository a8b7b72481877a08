/** `test server`: judges a running server, or starts a target and judges it. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Command, InvalidArgumentError } from 'commander'
import { pathUsd } from '../../src/channel/token.ts'
import { defaultRpcUrl } from '../../src/cli/chain.ts'
import { CliError, integer, print } from '../../src/cli/output.ts'
import type { SessionProtocol } from '../../src/mpp/voucher.ts'
import { payee, referenceResources } from '../faults/reference.ts'
import { htmlPage } from '../report/html/page.ts'
import { junit } from '../report/junit.ts'
import { markdown } from '../report/markdown.ts'
import { type BaselineEntry, loadBaseline } from '../runner/baseline.ts'
import { isResourceName, type ResourceName, resourceNames } from '../runner/capability.ts'
import { type Environment, foreignChain, ownChain } from '../runner/environment.ts'
import { type Launch, launch } from '../runner/process.ts'
import { install, launchOf, loadTarget } from '../runner/target.ts'
import { preflight } from '../suites/mpp/preflight.ts'
import type { SubjectOptions } from '../suites/mpp/subject.ts'
import { type Judged, judgeServer, newSeed } from './judge.ts'

interface Options {
  target?: string
  start?: string
  resource: Partial<Record<ResourceName, string>>
  rpcUrl?: string
  privateKey?: string
  only?: string
  json?: string
  junit?: string
  md?: string
  html?: string
  baseline: boolean
  timeout: number
  kills?: number
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
    .option('--private-key <hex>', 'account that funds the payers on a chain that is not the kit’s own')
    .option('--only <glob>', 'checks, scenarios or features to run')
    .option('--json <file>', 'write the result as JSON')
    .option('--junit <file>', 'write the result as JUnit XML')
    .option('--md <file>', 'write the result as Markdown')
    .option('--html <file>', 'write the result as one self-contained HTML page')
    .option('--no-baseline', 'report known failures of the target too')
    .option('--timeout <seconds>', 'longest wait for one answer', integer(1, 600), 10)
    .option('--kills <n>', 'how often the server is killed and started again', integer(1, 10_000))
    .option('--seed <text>', 'derives the payers; printed with every run')
    .action(async (url: string | undefined, options: Options) => {
      if ((url === undefined) === (options.target === undefined))
        throw new CliError('give the URL of a running server, or --target NAME to start one')
      if (options.start !== undefined && url === undefined)
        throw new CliError('--start needs the URL it will listen on, as http://127.0.0.1:{port}/path')
      process.exitCode = await testServer(url, options)
    })
}

/** What is judged: where it is, what it can do, what is known of it, and how to end it. */
interface Staged {
  url: string
  label: string
  resources: Partial<Record<ResourceName, string>>
  /** The kit's powers over it. */
  powers: Pick<SubjectOptions, 'node' | 'launch'>
  baseline: readonly BaselineEntry[]
  stop(): Promise<void>
}

async function testServer(url: string | undefined, options: Options): Promise<0 | 1> {
  const { target, start, rpcUrl, privateKey } = options
  const environment =
    (target !== undefined || start !== undefined) && rpcUrl === undefined
      ? await ownChain()
      : await foreignChain(rpcUrl ?? defaultRpcUrl, privateKey)
  try {
    const staged = await stage(url, options, environment)
    try {
      const resources = { ...staged.resources, ...options.resource }
      const subject = {
        ...(await preflight(staged.url, environment, options.timeout * 1000, resources)),
        ...staged.powers,
        ...(options.kills === undefined ? {} : { kills: options.kills }),
      }
      const judged = await judgeServer({
        target: staged.label,
        subject,
        baseline: options.baseline ? staged.baseline : [],
        seed: options.seed ?? newSeed(),
        ...(options.only === undefined ? {} : { only: options.only }),
        replay: `streamed-payments test server ${target === undefined ? `'${url}'` : `--target ${target}`}${start === undefined ? '' : ` --start '${start}'`}`,
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
async function writeReports(judged: Judged, { json, junit: junitFile, md, html }: Options): Promise<void> {
  const { result } = judged
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`)
  if (junitFile !== undefined) writeFileSync(junitFile, junit(result))
  if (md !== undefined) writeFileSync(md, markdown(result))
  if (html !== undefined) writeFileSync(html, await htmlPage(judged))
}

const stage = (url: string | undefined, { target, start }: Options, environment: Environment) =>
  target !== undefined
    ? startTarget(target, environment)
    : start !== undefined
      ? started({ name: start, command: start, cwd: process.cwd(), url: url as string, env: {} }, environment)
      : running(url as string)

/** A server somebody else runs: everything a URL can show is judged. */
const running = (url: string): Staged => ({
  url,
  label: url,
  resources: {},
  powers: {},
  baseline: [],
  stop: async () => undefined,
})

/** A server of a command: the kit stands between it and its chain, and starts more of it to kill them. */
async function started(options: Launch, environment: Environment): Promise<Staged> {
  const env = {
    RPC_URL: environment.nodeUrl,
    CHAIN_ID: String(environment.chainId),
    CURRENCY: pathUsd,
    PAYEE_PRIVATE_KEY: payee.privateKey,
    SECRET_KEY: 'a secret for the target, at least 32 bytes long',
    ...options.env,
  }
  const start = (more: Readonly<Record<string, string>> = {}) =>
    launch({ ...options, env: { ...env, ...more } })
  const { url, stop } = await start()
  return {
    url,
    label: options.name,
    resources: {},
    powers: { node: environment.node, launch: start },
    baseline: [],
    stop,
  }
}

/** Our own server, with all its resources on channels of either protocol. */
const referenceProtocols: ReadonlyMap<string, SessionProtocol> = new Map([
  ['reference', 'v2'],
  ['reference-v1', 'v1'],
])

async function startTarget(name: string, environment: Environment): Promise<Staged> {
  const protocol = referenceProtocols.get(name)
  if (protocol !== undefined) {
    const url = 'http://127.0.0.1:{port}/poem'
    const env = { SESSION_PROTOCOL: protocol, ...referenceOptions }
    const staged = await started({ name, command: serveCommand, cwd: process.cwd(), url, env }, environment)
    return { ...staged, resources: referenceResources }
  }
  const target = loadTarget(name)
  await install(target, print)
  const { folder, baseline } = target
  const staged = await started(launchOf(target, {}), environment)
  return {
    ...staged,
    resources: target.resources,
    baseline: baseline === undefined ? [] : loadBaseline(`${folder}/${baseline}`),
  }
}

/** The reference settles before the close what ran up to fifty words, and looks even at a short stream's channel again. */
const referenceOptions = { SETTLE_THRESHOLD: '0.050', VERIFY_INTERVAL_MS: '100' }

/** `serve` of this very program. */
const serveCommand = [
  'exec',
  process.execPath,
  ...process.execArgv,
  fileURLToPath(import.meta.url).replace(/test-server(\.[jt]s)$/, 'main$1'),
  'serve',
]
  .map((part) => `'${part}'`)
  .join(' ')
  .replace("'exec'", 'exec')

/** Reads one `name=path` and adds it to those before. */
function resource(text: string, before: Partial<Record<ResourceName, string>>) {
  const [name, path] = text.split(/=(.*)/s)
  if (name === undefined || !isResourceName(name) || path === undefined || path === '')
    throw new InvalidArgumentError(
      `expected name=path with a name of ${Object.keys(resourceNames).join(', ')}`,
    )
  return { ...before, [name]: path }
}
