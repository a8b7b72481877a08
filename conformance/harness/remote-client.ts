/**
 * Drives a client that is reached by a URL: a long-running program, a page in a browser, a device. The HTTP contract is
 * described in conformance/README.md: `POST /start`, `GET /errands/<id>`, `DELETE /errands/<id>`.
 */
import { z } from 'zod'
import { wholeOf } from '../../src/http/body.ts'
import { SetupError } from '../kit/verdict.ts'
import type { Ran } from './command.ts'
import type { Drive, Errand } from './drive.ts'

/** Interval of the status requests, in milliseconds. */
const pollMs = 100
/** Longest wait for an answer to the contract, in milliseconds. */
const answerMs = 5_000
/** Most of an answer that is read, in bytes. */
const maxAnswer = 4_194_304

const started = z.looseObject({ id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/) })

const status = z.discriminatedUnion('status', [
  z.looseObject({ status: z.literal('running') }),
  z.looseObject({
    status: z.literal('done'),
    /** 0 when all went well for the client. */
    exit: z.int(),
    /** What it received, in order. */
    received: z.array(z.string()).default([]),
    /** Why it ended, for the reports. */
    message: z.string().optional(),
  }),
])

/** Makes runs at a URL. Rejects with `SetupError` when the client does not follow the contract. */
export const remoteDrive =
  (control: string): Drive =>
  async (errand) => {
    const at = control.replace(/\/+$/, '')
    const { id } = read(started, await ask(`${at}/start`, 'POST', parametersOf(errand)), at)
    const place = `${at}/errands/${id}`
    const deadline = performance.now() + errand.timeoutMs
    for (;;) {
      const now = read(status, await ask(place, 'GET'), at)
      if (now.status === 'done')
        return ran({ code: now.exit, stdout: lines(now.received), stderr: now.message ?? '' })
      const killed = errand.kill?.aborted === true
      if (killed || performance.now() > deadline) {
        await ask(place, 'DELETE')
        return ran({ code: null, stopped: killed ? 'killed' : 'late' })
      }
      await pause(pollMs, errand.kill)
    }
  }

/** Throws `SetupError`. */
function read<T>(schema: z.ZodType<T>, answer: unknown, url: string): T {
  const result = schema.safeParse(answer)
  if (!result.success)
    throw new SetupError(
      `the client at ${url} does not keep to the contract: ${z.prettifyError(result.error)}`,
    )
  return result.data
}

/** What a client is told: as the variables of a command, by the names of JSON. */
function parametersOf({ url, env }: Errand): Readonly<Record<string, unknown>> {
  const { RPC_URL, CHAIN_ID, CURRENCY, PRIVATE_KEY, MAX_DEPOSIT, STATE_DIR, ...more } = env
  const { PAYMENT_URL: _, ...variables } = more
  return {
    url,
    rpcUrl: RPC_URL,
    chainId: Number(CHAIN_ID),
    currency: CURRENCY,
    privateKey: PRIVATE_KEY,
    maxDeposit: MAX_DEPOSIT,
    // A name, not a folder: what was kept under it is found again.
    state: STATE_DIR?.split('/').at(-1),
    variables,
  }
}

const ran = (ended: Partial<Ran>): Ran => ({
  code: 0,
  stdout: '',
  stderr: '',
  stopped: undefined,
  stubborn: false,
  strays: 0,
  unreachable: [],
  ...ended,
})

const lines = (received: readonly string[]): string => received.map((each) => `${each}\n`).join('')

/** No redirect is followed: the parameters hold a key. Throws `SetupError`. */
async function ask(url: string, method: string, body?: unknown): Promise<unknown> {
  const init: RequestInit = { method, redirect: 'manual', signal: AbortSignal.timeout(answerMs) }
  if (body !== undefined) {
    init.body = JSON.stringify(body)
    init.headers = { 'content-type': 'application/json' }
  }
  let answer: Uint8Array | undefined
  try {
    const response = await fetch(url, init)
    if (!response.ok) {
      await response.body?.cancel()
      throw new SetupError(`the client at ${url} answers ${response.status} to ${method}`)
    }
    answer = response.body === null ? new Uint8Array() : await wholeOf(response.body, maxAnswer)
  } catch (error) {
    if (error instanceof SetupError) throw error
    throw new SetupError(`no client at ${url}: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (answer === undefined) throw new SetupError(`the client at ${url} answers over ${maxAnswer} bytes`)
  if (method === 'DELETE') return undefined
  try {
    return JSON.parse(new TextDecoder().decode(answer))
  } catch {
    throw new SetupError(`the client at ${url} answers no JSON to ${method}`)
  }
}

/** Waits, but no longer than until a signal. */
const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end, { once: true })
    if (signal?.aborted === true) end()
  })
