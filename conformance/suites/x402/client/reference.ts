/** The reference client, run in the kit's own process: unaltered, or with an alteration. */
import { address } from '../../../../src/codec/hex.ts'
import { accountFromKey } from '../../../../src/keys/accounts.ts'
import { chatStream } from '../../../../src/x402/client/chat.ts'
import { type PayingFetchOptions, payingFetch } from '../../../../src/x402/client/paying-fetch.ts'
import type { Ran } from '../../../harness/command.ts'
import type { Drive } from '../../../harness/drive.ts'

type Fetch = typeof globalThis.fetch

/** Reads the answer to a paid request its own way, and prints its text. */
export type Reader = (response: Response, print: (text: string) => void) => Promise<void>

/** How the reference client is altered. */
export interface ClientVariant {
  options?: Partial<PayingFetchOptions>
  /** Changes what it sends or hears, below the paying. */
  fetch?: (fetch: Fetch) => Fetch
  /** Changes how calls are paid: `pay` makes a fetch that pays, which remembers nothing of others. */
  paying?: (pay: () => Fetch) => Fetch
  reads?: Reader
}

/** What is asked of every shop. */
const request = { model: 'kit', messages: [{ role: 'user', content: 'What is enough?' }] }

/** Runs the reference client in this process. */
export function referenceDrive(variant: ClientVariant = {}): Drive {
  const { fetch: around = (own) => own, paying = (pay) => pay(), reads } = variant
  return async ({ url, env, timeoutMs }): Promise<Ran> => {
    const pay = () =>
      payingFetch({
        account: accountFromKey(env['PRIVATE_KEY'] ?? ''),
        maxAmount: env['MAX_AMOUNT'] ?? '0',
        assets: [{ chainId: Number(env['CHAIN_ID']), address: address(env['ASSET'] ?? '') }],
        payees: [address(env['PAY_TO'] ?? '')],
        retryDelayMs: 0,
        answerTimeoutMs: timeoutMs,
        fetch: around(globalThis.fetch),
        ...variant.options,
      })
    const own = paying(pay)
    const fetch: Fetch = env['CALL_AS'] === 'request' ? (input, init) => own(new Request(input, init)) : own
    let stdout = ''
    const print = (text: string) => {
      stdout += text
    }
    const done = (more: Partial<Ran>): Ran => ({
      code: 0,
      stdout,
      stderr: '',
      stopped: undefined,
      stubborn: false,
      strays: 0,
      unreachable: [],
      ...more,
    })
    try {
      if (reads === undefined)
        for await (const text of chatStream(request, { url, fetch, idleTimeoutMs: timeoutMs })) print(text)
      else await reads(await asked(fetch, url), print)
      return done({})
    } catch (error) {
      return done({
        code: 1,
        stderr: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      })
    }
  }
}

async function asked(fetch: Fetch, url: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ ...request, stream: true }),
  })
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  return response
}
