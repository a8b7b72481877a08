/**
 * The facilitator of a server that is judged: our own, on the chain of the run, and it does as it is told. A scenario
 * tells it what to do with a payment, and learns from it when the server asked for what.
 */
import type { ChainClient } from '../../../src/chain/client.ts'
import { DecodeError } from '../../../src/codec/decode-error.ts'
import * as Json from '../../../src/codec/json.ts'
import { type Listening, listen } from '../../../src/http/listen.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import { fastestCurve } from '../../../src/keys/native-curve.ts'
import { facilitator } from '../../../src/x402/facilitator/facilitator.ts'
import { facilitatorHandler } from '../../../src/x402/facilitator/handle.ts'

type Endpoint = 'verify' | 'settle'

/** What is done to a call about one payment, instead of answering it or before. */
export interface Conduct {
  /** Waited for before the call is looked at. */
  before?: () => Promise<void>
  /** Answered instead, without looking at it. */
  answer?: () => Response
  /** Answered instead, after it was carried out. */
  after?: (answer: Response) => Response | Promise<Response>
}

/** One call of the server. */
export interface Call {
  endpoint: Endpoint
  /** Whether the settlement succeeded, or the payment is valid; undefined while it is not known. */
  good: boolean | undefined
}

/** A facilitator that is listening. */
export class Facilitator {
  readonly url: string
  readonly close: () => Promise<void>
  readonly #conduct: Map<string, Conduct>
  readonly #calls: Map<string, Call[]>

  private constructor(server: Listening, conduct: Map<string, Conduct>, calls: Map<string, Call[]>) {
    this.url = server.url
    this.close = server.close
    this.#conduct = conduct
    this.#calls = calls
  }

  /** Listens on a free port; the third development account pays its gas. */
  static async start(chain: ChainClient): Promise<Facilitator> {
    const account = devAccounts[2] as KeyAccount
    const handle = facilitatorHandler(facilitator({ account, chain, recoverKey: fastestCurve }))
    const conduct = new Map<string, Conduct>()
    const calls = new Map<string, Call[]>()
    const server = await listen(async (request) => {
      const { pathname } = new URL(request.url)
      const endpoint = pathname === '/verify' ? 'verify' : pathname === '/settle' ? 'settle' : undefined
      if (endpoint === undefined) return handle(request)
      const body = await request.text()
      const nonce = nonceIn(body)
      const call: Call = { endpoint, good: undefined }
      calls.set(nonce, [...(calls.get(nonce) ?? []), call])
      const told = conduct.get(`${endpoint} ${nonce}`)
      await told?.before?.()
      if (told?.answer !== undefined) return told.answer()
      const answer = await handle(
        new Request(request.url, { method: 'POST', headers: request.headers, body }),
      )
      const said = (await answer.clone().json()) as Record<string, unknown>
      call.good = said[endpoint === 'verify' ? 'isValid' : 'success'] === true
      return told?.after?.(answer) ?? answer
    })
    return new Facilitator(server, conduct, calls)
  }

  /** Says what is done about a payment. */
  conduct(endpoint: Endpoint, nonce: string, conduct: Conduct): void {
    this.#conduct.set(`${endpoint} ${nonce}`, conduct)
  }

  /** What the server asked about a payment, in order. */
  calls(nonce: string): readonly Call[] {
    return this.#calls.get(nonce) ?? []
  }
}

/** The nonce of the payment that a call is about; empty where there is none. */
function nonceIn(body: string): string {
  try {
    let value: Json.JsonValue | undefined = Json.decode(body)
    for (const name of ['paymentPayload', 'payload', 'authorization', 'nonce'])
      value = Json.isObject(value) ? value[name] : undefined
    return typeof value === 'string' ? value.toLowerCase() : ''
  } catch (error) {
    if (error instanceof DecodeError) return ''
    throw error
  }
}
