/** `test server`: judges a running server, or starts a target and judges it. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { pathUsd } from '../../src/channel/token.ts'
import { defaultRpcUrl } from '../../src/cli/chain.ts'
import { CliError, integer, print } from '../../src/cli/output.ts'
import { payee, startReference } from '../faults/reference.ts'
import { junit } from '../report/junit.ts'
import { markdown } from '../report/markdown.ts'
import { type BaselineEntry, loadBaseline } from '../runner/baseline.ts'
import { type Environment, foreignChain, ownChain } from '../runner/environment.ts'
import type { RunResult } from '../runner/result.ts'
import type { Capability } from '../runner/scenario.ts'
import { install, loadTarget, start } from '../runner/target.ts'
import { preflight } from '../suites/mpp/preflight.ts'
import { judgeServer, newSeed } from './judge.ts'

interface Options {
  target?: string
  rpcUrl?: string
  privateKey?: string
  only?: string
  json?: string
  junit?: string
  md?: string
  baseline: boolean
  timeout: number
  seed?: string
}

export function registerTestServer(test: Command): void {
  test
    .command('server')
    .description('judge a payment server: a running one by URL, or one of conformance/targets by name')
    .argument('[url]', 'the paid resource')
    .option('--target <name>', 'start this target and judge it (reference: our own server)')
    .option(
      '--rpc-url <url>',
      `chain the server settles on (default ${defaultRpcUrl}; with --target: the kit's own)`,
    )
    .option('--private-key <hex>', 'account that funds the payers on a chain that is not the kit’s own')
    .option('--only <glob>', 'checks, scenarios or features to run')
    .option('--json <file>', 'write the result as JSON')
    .option('--junit <file>', 'write the result as JUnit XML')
    .option('--md <file>', 'write the result as Markdown')
    .option('--no-baseline', 'report known failures of the target too')
    .option('--timeout <seconds>', 'longest wait for one answer', integer(1, 600), 10)
    .option('--seed <text>', 'derives the payers; printed with every run')
    .action(async (url: string | undefined, options: Options) => {
      if ((url === undefined) === (options.target === undefined))
        throw new CliError('give the URL of a running server, or --target NAME to start one')
      process.exitCode = await testServer(url, options)
    })
}

/** What is judged: where it is, what it can do, what is known of it, and how to end it. */
interface Staged {
  url: string
  label: string
  capabilities: readonly Capability[]
  baseline: readonly BaselineEntry[]
  stop(): Promise<void>
}

async function testServer(url: string | undefined, options: Options): Promise<0 | 1> {
  const { target, rpcUrl, privateKey } = options
  const environment =
    target !== undefined && rpcUrl === undefined
      ? await ownChain()
      : await foreignChain(rpcUrl ?? defaultRpcUrl, privateKey)
  try {
    const staged = target === undefined ? running(url as string) : await startTarget(target, environment)
    try {
      const subject = await preflight(staged.url, environment, options.timeout * 1000)
      const { result, code } = await judgeServer({
        target: staged.label,
        subject,
        capabilities: new Set(staged.capabilities),
        baseline: options.baseline ? staged.baseline : [],
        seed: options.seed ?? newSeed(),
        ...(options.only === undefined ? {} : { only: options.only }),
        replay: `streamed-payments test server ${target === undefined ? url : `--target ${target}`}`,
        print,
      })
      writeReports(result, options)
      return code
    } finally {
      await staged.stop()
    }
  } finally {
    await environment.close()
  }
}

/** Writes the reports that were asked for. */
function writeReports(result: RunResult, { json, junit: junitFile, md }: Options): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`)
  if (junitFile !== undefined) writeFileSync(junitFile, junit(result))
  if (md !== undefined) writeFileSync(md, markdown(result))
}

/** A server somebody else runs: everything a URL can show is judged. */
const running = (url: string): Staged => ({
  url,
  label: url,
  capabilities: ['stream'],
  baseline: [],
  stop: async () => undefined,
})

async function startTarget(name: string, environment: Environment): Promise<Staged> {
  if (name === 'reference') {
    const server = await startReference(environment.rpc)
    return {
      url: `${server.url}/poem`,
      label: name,
      capabilities: ['stream', 'plain'],
      baseline: [],
      stop: server.close,
    }
  }
  const target = loadTarget(name)
  await install(target, print)
  const { url, stop } = await start(target, {
    RPC_URL: environment.rpcUrl,
    CHAIN_ID: String(environment.chainId),
    CURRENCY: pathUsd,
    PAYEE_PRIVATE_KEY: payee.privateKey,
    SECRET_KEY: 'a secret for the target, at least 32 bytes long',
  })
  const baseline = target.baseline === undefined ? [] : loadBaseline(`${target.folder}/${target.baseline}`)
  return { url, label: `${target.name} ${target.version}`, capabilities: target.offers, baseline, stop }
}
