/**
 * The reference client, run in the kit's own process: unaltered, or with an alteration. It does what the command `pay`
 * does, and prints what it receives line by line.
 */
import { httpRpc } from '../../../../src/chain/http-rpc.ts'
import type { Rpc } from '../../../../src/chain/rpc.ts'
import { type Address, address } from '../../../../src/codec/hex.ts'
import { accountFromKey } from '../../../../src/keys/accounts.ts'
import type { Journal } from '../../../../src/mpp/client/journal.ts'
import { memoryJournal } from '../../../../src/mpp/client/journal.ts'
import { forceClose } from '../../../../src/mpp/client/recover.ts'
import type { ClientRuleOverrides } from '../../../../src/mpp/client/rules.ts'
import { type Session, type SessionOptions, session } from '../../../../src/mpp/client/session.ts'
import type { Ran } from '../../../harness/command.ts'
import type { Drive, Errand } from '../../../harness/drive.ts'
import { after } from '../../../harness/timer.ts'
import { trusting } from './trusting-fetch.ts'

type Fetch = typeof globalThis.fetch

/** What a run of the client works with. */
export interface Doing {
  url: string
  paying: Session
  env: Readonly<Record<string, string>>
  /** Ends the run. */
  signal: AbortSignal
  print(line: string): void
  /** Another session of the same payer, with the same journal. */
  another(): Session
  /** Takes the next step to recover every deposit of the journal: requests the close, or withdraws. */
  recover(): Promise<void>
}

/** How the reference client is altered. */
export interface ClientVariant {
  rules?: ClientRuleOverrides
  options?: Partial<SessionOptions>
  /** Changes what it sends or hears; it may read the variables of the run. */
  fetch?: (fetch: Fetch, env: Errand['env']) => Fetch
  chain?: (chain: Rpc) => Rpc
  journal?: (journal: Journal) => Journal
  /** Reads its variables otherwise. */
  env?: (env: Errand['env']) => Errand['env']
  /** Replaces what a run does. */
  does?: (doing: Doing, usual: (doing: Doing) => Promise<void>) => Promise<void>
}

/** Default of every wait, in milliseconds; a scenario that lets the client wait longer sets PATIENCE_MS. */
const usualPatienceMs = 15_000

const limitsOf = (ms: number) => ({
  answerTimeoutMs: ms,
  idleTimeoutMs: ms,
  problemTimeoutMs: Math.min(ms, 2_000),
  patienceMs: Math.min(ms, 3_000),
})

/** The state folders that successive runs share. */
class Disk {
  readonly #journals = new Map<string, ReturnType<typeof memoryJournal>>()

  /** The journal of a folder for one process; its claims end with it. */
  journal(folder: string): { journal: Journal; end(): Promise<void> } {
    const kept = this.#journals.get(folder) ?? memoryJournal()
    this.#journals.set(folder, kept)
    const releases: (() => Promise<void>)[] = []
    const journal: Journal = {
      ...kept,
      async claim(id) {
        const release = await kept.claim(id)
        if (release !== undefined) releases.push(release)
        return release
      },
    }
    return { journal, end: async () => void (await Promise.all(releases.map((release) => release()))) }
  }
}

/** Runs the reference client in this process, or in a page. `wait` is how the time of an errand is counted. */
export function referenceDrive(variant: ClientVariant = {}, wait: typeof after = after): Drive {
  const disk = new Disk()
  return async (errand) => {
    const lines: string[] = []
    const late = new AbortController()
    const inTime = wait(errand.timeoutMs, () => late.abort(new Error('it took too long')))
    const { journal, end } = disk.journal(errand.env['STATE_DIR'] ?? '')
    const life = mortal(errand.kill)
    const ended = (more: Partial<Ran>): Ran => ({
      code: 0,
      stdout: lines.map((line) => `${line}\n`).join(''),
      stderr: '',
      stopped: late.signal.aborted ? 'late' : undefined,
      stubborn: false,
      strays: 0,
      unreachable: [],
      ...more,
    })
    const doing = doErrand(errand, variant, {
      journal: life.journal(journal),
      alive: life.alive,
      // What is dead waits for nothing: its timers would keep the kit from ending.
      signal: errand.kill === undefined ? late.signal : both(errand.kill, late.signal),
      print: (line) => void lines.push(line),
    }).then(
      () => ended({}),
      (error: unknown) =>
        ended({
          code: 1,
          stderr: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
        }),
    )
    try {
      return await Promise.race([doing, life.killed.then(() => ended({ code: null, stopped: 'killed' }))])
    } finally {
      inTime()
      await end()
    }
  }
}

interface Life {
  journal: Journal
  alive: <T>(work: () => Promise<T>) => Promise<T>
  signal: AbortSignal
  print(line: string): void
}

/** A process that can be killed: the rest of it never happens. */
function mortal(kill: AbortSignal | undefined) {
  const dead = () => kill?.aborted === true
  const never = new Promise<never>(() => undefined)
  const alive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (dead()) return never
    try {
      const value = await work()
      return dead() ? await never : value
    } catch (error) {
      if (dead()) return never
      throw error
    }
  }
  const killed = new Promise<void>((resolve) => {
    if (dead()) resolve()
    else kill?.addEventListener('abort', () => resolve(), { once: true })
  })
  const journal = (inner: Journal): Journal => ({
    check: () => alive(() => inner.check()),
    save: (entry) => alive(() => inner.save(entry)),
    remove: (id) => alive(() => inner.remove(id)),
    list: () => alive(() => inner.list()),
    tally: (change) => alive(() => inner.tally(change)),
    claim: (id) => alive(() => inner.claim(id)),
  })
  return { alive, killed, journal }
}

async function doErrand({ url, env: told, kill }: Errand, variant: ClientVariant, life: Life): Promise<void> {
  const env = variant.env?.(told) ?? told
  const node = httpRpc(env['RPC_URL'] ?? '')
  const rpc: Rpc = { request: (request) => life.alive(() => node.request(request)) }
  const chain = variant.chain?.(rpc) ?? rpc
  const { NODE_EXTRA_CA_CERTS: certificate } = env
  const reach: Fetch = certificate === undefined ? fetch : trusting(certificate, fetch)
  const send: Fetch = (input, init) =>
    reach(input, kill === undefined ? init : { ...init, signal: both(init?.signal, kill) })
  const kept = variant.journal?.(life.journal) ?? life.journal
  const { PRIVATE_KEY = '', SIGNER_PRIVATE_KEY } = env
  const another = () =>
    session({
      account: accountFromKey(PRIVATE_KEY),
      ...(SIGNER_PRIVATE_KEY === undefined ? {} : { signer: accountFromKey(SIGNER_PRIVATE_KEY) }),
      chain,
      maxDeposit: env['MAX_DEPOSIT'] ?? '1',
      currencies: [address(env['CURRENCY'] ?? '') as Address],
      journal: kept,
      fetch: variant.fetch?.(send, env) ?? send,
      signal: life.signal,
      ...variant.options,
      limits: { ...limitsOf(Number(env['PATIENCE_MS'] ?? usualPatienceMs)), ...variant.options?.limits },
      ...(variant.rules === undefined ? {} : { rules: variant.rules }),
    })
  const doing: Doing = {
    url,
    paying: another(),
    env,
    signal: life.signal,
    print: life.print,
    another,
    recover: () => recover(PRIVATE_KEY, kept, chain),
  }
  if (env['RECOVER'] === '1') await doing.recover()
  else await (variant.does?.(doing, usual) ?? usual(doing))
}

const both = (one: AbortSignal | null | undefined, other: AbortSignal): AbortSignal =>
  one === null || one === undefined ? other : AbortSignal.any([one, other])

/** Buys, prints, closes; whatever breaks, the deposit is asked back. */
async function usual({ url, paying, env, signal, print }: Doing): Promise<void> {
  const leaves = env['LEAVE'] === '1'
  const once = async () => {
    const { response, events } = await paying.buy(url, requestOf(env))
    if (!response.ok) throw new Error(`answered ${response.status}`)
    if (events === undefined) for (const line of (await response.text()).split('\n')) print(line)
    else for await (const data of events) print(data)
  }
  try {
    await Promise.all(Array.from({ length: Number(env['REQUESTS'] ?? '1') }, once))
  } catch (error) {
    // The first failure is told; what becomes of the deposit is in the journal.
    if (!leaves) await paying.close({ signal }).catch(() => undefined)
    throw error
  }
  if (leaves) await paying.leave()
  else await paying.close({ signal })
}

/** The request of a run, from its environment variables. */
function requestOf({ METHOD, BODY, BODY_AS, AUTHORIZATION }: Readonly<Record<string, string>>): RequestInit {
  const headers = new Headers({ accept: 'text/event-stream, */*;q=0.5' })
  if (AUTHORIZATION !== undefined) headers.set('authorization', AUTHORIZATION)
  return {
    headers,
    ...(METHOD === undefined ? {} : { method: METHOD }),
    ...(BODY === undefined ? {} : { body: bodyOf(BODY, BODY_AS) }),
  }
}

/** A text as it is, as a stream that can be read once, or as a field of a form. */
function bodyOf(text: string, as: string | undefined): BodyInit {
  if (as === 'form') {
    const form = new FormData()
    form.set('text', text)
    return form
  }
  if (as !== 'stream') return text
  const pieces = text.match(/.{1,10}/gs) ?? []
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift()
      if (piece === undefined) controller.close()
      else controller.enqueue(new TextEncoder().encode(piece))
    },
  })
}

/** Takes the next step to recover the deposit of every channel in the journal: requests the close, or withdraws. */
async function recover(key: string, journal: Journal, chain: Rpc): Promise<void> {
  const account = accountFromKey(key)
  for (const { channelId, descriptor, escrow } of await journal.list()) {
    const { state } = await forceClose({ account, chain, channelId, descriptor, escrow })
    if (state === 'closed') await journal.remove(channelId)
  }
}
