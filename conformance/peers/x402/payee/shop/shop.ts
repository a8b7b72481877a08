/**
 * A shop of the kit's own, to which a client is sent: it asks for a payment, settles what it gets on the chain of the
 * run, and streams a chat. How it asks, what it does with a paid request and how it writes can each be hostile.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DecodeError } from '../../../../../src/codec/decode-error.ts'
import type { Address } from '../../../../../src/codec/hex.ts'
import * as Uint from '../../../../../src/codec/uint.ts'
import { usdc } from '../../../../../src/contracts/transfer-authorization.ts'
import type { KeyAccount } from '../../../../../src/keys/accounts.ts'
import * as Exact from '../../../../../src/x402/wire/exact.ts'
import type { Facilitator } from '../../../../../src/x402/wire/facilitator-api.ts'
import {
  paymentField,
  requiredField,
  settlementField,
  type Version,
} from '../../../../../src/x402/wire/fields.ts'
import { networkOf } from '../../../../../src/x402/wire/network.ts'
import * as Payment from '../../../../../src/x402/wire/payment.ts'
import * as Required from '../../../../../src/x402/wire/required.ts'
import * as Requirements from '../../../../../src/x402/wire/requirements.ts'
import * as Settlement from '../../../../../src/x402/wire/settlement.ts'
import type { Ran } from '../../../../harness/command.ts'
import type { Drive } from '../../../../harness/drive.ts'
import type { Environment } from '../../../../harness/environment.ts'
import { nextExchange } from '../../../../harness/http.ts'
import type { Recorder } from '../../../../kit/trace.ts'
import type { Fact } from '../../books/fact.ts'
import { payee } from '../../peers.ts'
import { lawful, type Writing } from './writing.ts'

/** What is done with a request that carries a payment. `nth` counts them from 0. */
export type Conduct = (
  nth: number,
) => 'serve' | 'ask' | 'reset' | 'settle-and-reset' | { status: number } | { redirect: string; by: number }

export interface Setting {
  version: Version
  /** What is asked otherwise than usual. */
  terms?: Partial<Requirements.Terms>
  /** Other ways to pay that stand before it, each by what is asked otherwise. */
  before?: readonly Partial<Requirements.Terms>[]
  conduct?: Conduct
  writes?: Writing
  /** What the client is told otherwise, or beside what it is always told. */
  env?: Readonly<Record<string, string>>
  /** How it writes the names of the fields that it asks and settles by; default as the texts do. */
  spells?: (name: string) => string
  /** What the receipt says otherwise; undefined members are left out. Null: there is no receipt. */
  receipt?: Partial<Settlement.Settlement> | null
}

export interface ShopOptions {
  environment: Environment
  facilitator: Facilitator
  drive: Drive
  recorder: Recorder
  record(fact: Fact): void
  payer: KeyAccount
  timeoutMs: number
}

/** A request that came, with its payment if it carried one. */
export interface Seen {
  method: string
  body: string
  contentType: string
  payment: Payment.Payment | undefined
  /** A payment field was there, whatever was in it. */
  paid: boolean
}

/** One finished run of the client. */
export interface Visit {
  ran: Ran
  seen: readonly Seen[]
  /** Authorizations that were signed, each once. */
  signed: readonly Exact.ExactPayload[]
}

/** Base units of an answer. */
export const price = 10_000n
/** A token that the chain of the run does not have. */
export const otherToken: Address = `0x${'20c0'.padEnd(40, '0')}`
/** Most that clients may pay for one, in tokens. */
export const maxAmount = '0.02'
export const path = '/v1/chat/completions'

export class Shop {
  readonly setting: Setting
  readonly url: string
  readonly seen: Seen[] = []
  readonly #options: ShopOptions
  readonly #server: Server
  #paid = 0

  private constructor(setting: Setting, options: ShopOptions, server: Server) {
    this.setting = setting
    this.#options = options
    this.#server = server
    const { port } = server.address() as AddressInfo
    this.url = `http://127.0.0.1:${port}${path}`
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      response.on('error', () => undefined)
      void this.#answer(request, response)
    })
  }

  static async open(setting: Setting, options: ShopOptions): Promise<Shop> {
    const server = createServer({ maxHeaderSize: 65_536 })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Shop(setting, options, server)
  }

  /** Runs the client once, for one call, and waits until the run has ended. */
  async visit(): Promise<Visit> {
    const { drive, environment, payer, timeoutMs, recorder } = this.#options
    const begun = this.seen.length
    const ran = await drive({
      url: this.url,
      timeoutMs,
      env: {
        PRIVATE_KEY: payer.privateKey,
        RPC_URL: environment.rpcUrl,
        CHAIN_ID: String(environment.chainId),
        ASSET: usdc.address,
        MAX_AMOUNT: maxAmount,
        PAY_TO: payee.address,
        X402_VERSION: String(this.setting.version),
        ...this.setting.env,
      },
    })
    recorder.note(
      `the client ended with ${ran.code ?? 'a signal'}${ran.stderr === '' ? '' : `: ${ran.stderr.slice(0, 200)}`}`,
    )
    const seen = this.seen.slice(begun)
    const signed = new Map<string, Exact.ExactPayload>()
    for (const { payment } of seen) {
      const exact = payment === undefined ? undefined : exactOf(payment)
      if (exact !== undefined) signed.set(exact.signature, exact)
    }
    return { ran, seen, signed: [...signed.values()] }
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  /** What is asked, in the version of the shop. */
  requirements(terms = this.setting.terms): Requirements.Requirements {
    const { version } = this.setting
    const { chainId } = this.#options.environment
    return Requirements.from(
      version,
      {
        scheme: Exact.scheme,
        network: networkOf(version, chainId),
        amount: price,
        asset: usdc.address,
        payTo: payee.address,
        maxTimeoutSeconds: 60,
        extra: {
          name: usdc.name,
          version: usdc.version,
          ...(version === 2 ? { paymentFlow: 'upfront' } : {}),
        },
        ...terms,
      },
      { url: this.url, description: 'a chat', mimeType: 'text/event-stream' },
    )
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { version, conduct = () => 'serve' } = this.setting
    const body = await textOf(request)
    const field = request.headers[paymentField[version].toLowerCase()]
    const payment = typeof field === 'string' ? paymentIn(field) : undefined
    const { method = '', url = '' } = request
    this.seen.push({
      method,
      body,
      contentType: request.headers['content-type'] ?? '',
      payment,
      paid: field !== undefined,
    })
    const exchange = nextExchange()
    const headers = pairs(request.rawHeaders)
    this.#options.recorder.add({ kind: 'request', exchange, method, url, headers, bodyBytes: body.length })
    response.once('close', () =>
      this.#options.recorder.add({
        kind: 'response',
        exchange,
        status: response.headersSent ? response.statusCode : 0,
        headers: Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]),
      }),
    )
    if (payment === undefined) return this.#ask(response)
    const act = conduct(this.#paid++)
    this.#signed(payment)
    if (act === 'ask') return this.#ask(response)
    if (act === 'reset') return void response.destroy()
    if (typeof act === 'object' && 'status' in act)
      return void response.writeHead(act.status).end('{"error":"failed"}')
    if (typeof act === 'object') return void response.writeHead(act.by, { location: act.redirect }).end()
    const settled = await this.#settle(payment)
    if (act === 'settle-and-reset') return void response.destroy()
    if (!settled.success) return this.#ask(response)
    this.#serve(response, payment, settled)
  }

  #ask(response: ServerResponse): void {
    const { version, before = [], spells = asWritten } = this.setting
    const resource = { url: this.url, description: 'a chat', mimeType: 'text/event-stream' }
    const ways = [...before.map((terms) => this.requirements(terms)), this.requirements()]
    const required = Required.from(version, resource, ways, { error: 'payment required' })
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    }
    if (version === 2) headers[spells(requiredField)] = Required.encode(required)
    response.writeHead(402, headers).end(version === 2 ? '{}' : JSON.stringify(required.json))
  }

  #signed(payment: Payment.Payment): void {
    const exact = exactOf(payment)
    if (exact === undefined) return
    const { nonce, from, value: amount } = exact.authorization
    this.#options.record({ payment: nonce, is: 'signed', call: this.url, payer: from, amount })
  }

  /** Settles, unless that was done: a payment that comes again is as good as it was. */
  async #settle(payment: Payment.Payment): Promise<Settlement.Settlement> {
    const { facilitator, environment } = this.#options
    const requirements = this.requirements()
    const settled = await facilitator.settle({ payment, requirements }).catch((error: unknown) => {
      if (error instanceof DecodeError) return undefined
      throw error
    })
    const nonce = exactOf(payment)?.authorization.nonce
    if (settled?.success && nonce !== undefined) {
      this.#options.record({ payment: nonce, is: 'settled' })
      this.#done.set(nonce, settled)
      return settled
    }
    const before = nonce === undefined ? undefined : this.#done.get(nonce)
    return before ?? settled ?? { success: false, network: networkOf(2, environment.chainId) }
  }

  readonly #done = new Map<string, Settlement.Settlement>()

  #serve(response: ServerResponse, payment: Payment.Payment, settled: Settlement.Settlement): void {
    const { version, writes = lawful, receipt = {}, spells = asWritten } = this.setting
    const headers: Record<string, string> = {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
    }
    if (receipt !== null)
      headers[spells(settlementField[version])] = Settlement.encode({ ...settled, ...receipt })
    response.writeHead(200, headers)
    const nonce = exactOf(payment)?.authorization.nonce
    if (nonce !== undefined) this.#options.record({ payment: nonce, is: 'delivered' })
    void writes(response)
  }
}

const asWritten = (name: string): string => name

const pairs = (raw: readonly string[]): [string, string][] =>
  raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ''] as [string, string]] : []))

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function paymentIn(field: string): Payment.Payment | undefined {
  try {
    return Payment.decode(field)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function exactOf({ payload }: Payment.Payment): Exact.ExactPayload | undefined {
  try {
    return Exact.fromJson(payload)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** What clients are told to pay at most, in base units. */
export const maxUnits = Uint.fromDecimal(maxAmount, 6)
