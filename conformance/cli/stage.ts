/** What `test server` judges, and how it gets there: a running server, a command of the user's, a target of the kit. */
import { fileURLToPath } from 'node:url'
import { print } from '../../src/cli/output.ts'
import { pathUsd } from '../../src/contracts/token.ts'
import type { SessionProtocol } from '../../src/contracts/voucher.ts'
import type { Environment } from '../harness/environment.ts'
import { type Launch, launch } from '../harness/process.ts'
import { build, install, launchOf, loadTarget } from '../harness/target.ts'
import { type BaselineEntry, loadBaseline } from '../kit/baseline.ts'
import type { ResourceName } from '../kit/capability.ts'
import { payee, referenceResources } from '../peers/mpp/payee/reference.ts'
import type { SubjectOptions } from '../peers/mpp/payer/subject.ts'
import { stated } from '../peers/mpp/payer/units/stated.ts'
import type { UnitMap } from '../peers/mpp/payer/units/unit-map.ts'

/** What is judged: where it is, what it can do, what is known of it, and how to end it. */
interface Staged {
  url: string
  label: string
  resources: Partial<Record<ResourceName, string>>
  accept?: string | undefined
  unit?: UnitMap | undefined
  /** The kit's powers over it. */
  powers: Pick<SubjectOptions, 'node' | 'launch' | 'watches'>
  baseline: readonly BaselineEntry[]
  stop(): Promise<void>
}

/** Starts what has to be started. Throws `SetupError` when it does not listen. */
export const stage = (
  url: string | undefined,
  { target, start }: { target?: string; start?: string },
  environment: Environment,
): Staged | Promise<Staged> =>
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
    return { ...staged, resources: referenceResources, powers: { ...staged.powers, watches: true } }
  }
  const target = loadTarget(name)
  await install(target, print)
  await build(target, print)
  const { folder, baseline } = target
  const staged = await started(launchOf(target, {}), environment)
  return {
    ...staged,
    resources: target.resources,
    powers: { ...staged.powers, ...(target.watches === undefined ? {} : { watches: target.watches }) },
    accept: target.accept,
    unit: target.unit === undefined ? undefined : stated(target.unit),
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
  fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url)),
  'serve',
]
  .map((part) => `'${part}'`)
  .join(' ')
  .replace("'exec'", 'exec')
