/** An MCP server under test: JSON-RPC by HTTP POST, answered as JSON or as an event stream, with or without sessions. */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Json from '../../../../src/codec/json.ts'
import type * as Challenge from '../../../../src/mpp/wire/challenge.ts'
import * as Mcp from '../../../../src/mpp/wire/mcp.ts'
import { type Exchange, send } from '../../../harness/http.ts'
import { Blocked, TargetError } from '../../../kit/verdict.ts'
import { type Payment, pulled } from './charge.ts'
import type { Subject } from './subject.ts'

/** A JSON-RPC response. */
export interface Reply {
  message: Json.JsonObject
  result: Json.JsonObject | undefined
  error: Json.JsonObject | undefined
}

/** A tool that costs something, and the error that said so. */
export interface PaidTool {
  name: string
  error: Json.JsonObject
}

const protocolVersion = '2025-11-25'
/** Most tools that are called to find out whether they are paid. */
const maxTools = 20

export class McpUnderTest {
  readonly subject: Subject
  #headers: [string, string][] = []
  #id = 0

  constructor(subject: Subject) {
    this.subject = subject
  }

  /** `initialize`, answered with its result. Throws `Blocked` when it is refused. */
  async initialize(): Promise<Json.JsonObject> {
    const experimental = { payment: { methods: { tempo: { intents: ['charge'] } } } }
    // As a widely used SDK introduces itself: a server must not know the kit by its name.
    const clientInfo = { name: 'mcp', version: '0.1.0' }
    const { exchange, reply } = await this.#post(
      this.request('initialize', { protocolVersion, capabilities: { experimental }, clientInfo }),
    )
    const result = reply?.result
    if (result === undefined) throw new Blocked(`initialize was answered ${exchange.status}`)
    const session = exchange.field('mcp-session-id')
    const version = result['protocolVersion']
    this.#headers = [
      ...(typeof version === 'string' ? [['mcp-protocol-version', version] as [string, string]] : []),
      ...(session === undefined ? [] : [['mcp-session-id', session] as [string, string]]),
    ]
    await this.notify({ jsonrpc: '2.0', method: 'notifications/initialized' })
    return result
  }

  /** A request message. */
  request(method: string, params: Json.JsonObject = {}): Json.JsonObject {
    return { jsonrpc: '2.0', id: ++this.#id, method, params }
  }

  /** A call of a tool. */
  call(name: string): Json.JsonObject {
    return this.request('tools/call', { name, arguments: {} })
  }

  /** Sends a request and answers its response. Throws `TargetError` when there is none. */
  async ask(message: Json.JsonObject): Promise<Reply> {
    const { exchange, reply } = await this.#post(message)
    if (reply === undefined)
      throw new TargetError(`${message['method']} was answered ${exchange.status} with no JSON-RPC`)
    return reply
  }

  /** Sends a message that is answered by nothing. */
  async notify({ id: _, ...message }: Json.JsonObject): Promise<void> {
    await this.#post(message)
  }

  /** The tools that ask to be paid with a tempo charge, and one that is free, if there is one. */
  async tools(): Promise<{ paid: PaidTool[]; free: string | undefined }> {
    const { result } = await this.ask(this.request('tools/list'))
    const listed = Array.isArray(result?.['tools']) ? result['tools'] : []
    const paid: PaidTool[] = []
    let free: string | undefined
    for (const tool of listed.slice(0, maxTools)) {
      const name = Json.isObject(tool) ? String(tool['name']) : ''
      const { error } = await this.ask(this.call(name))
      if (error === undefined) free ??= name
      else if (JSON.stringify(error).includes('"challenges"')) paid.push({ name, error })
    }
    return { paid, free }
  }

  /** A fresh charge challenge for a tool. Throws `Blocked` when it asks for nothing the kit can pay. */
  async challenge(name: string): Promise<Challenge.Challenge> {
    const { error } = await this.ask(this.call(name))
    const found = error === undefined ? undefined : challengesIn(error).find(isCharge)
    if (found === undefined) throw new Blocked(`the tool ${name} asks for no tempo charge`)
    return found
  }

  /** A call that carries a payment. */
  paying(
    name: string,
    payment: Payment,
    { placement = 'nested', challenge = payment.challenge }: Carrying = {},
  ) {
    const payload = pulled(payment) as Json.JsonObject
    return Mcp.withCredential(this.call(name), { challenge, payload }, placement)
  }

  /** Calls with a payment, and remembers whether it was taken. */
  async pay(name: string, payment: Payment, carrying: Carrying = {}): Promise<Reply> {
    const reply = await this.ask(this.paying(name, payment, carrying))
    if (accepted(reply)) this.subject.ledger.record({ payment: payment.hash, is: 'charge-taken' })
    return reply
  }

  async #post(message: Json.JsonObject): Promise<{ exchange: Exchange; reply: Reply | undefined }> {
    const { url, patience } = this.subject.options
    const headers = [
      ['content-type', 'application/json'],
      ['accept', 'application/json, text/event-stream'],
      ...this.#headers,
    ] as [string, string][]
    const note = `${message['method']}${message['id'] === undefined ? ', as a notification' : ''}`
    const body = JSON.stringify(message)
    const exchange = await send(url, { method: 'POST', headers, body, note }, this.subject.recorder, patience)
    return { exchange, reply: await replyIn(exchange, message['id']) }
  }
}

interface Carrying {
  placement?: Mcp.Placement
  challenge?: Challenge.Challenge
}

/** A tool that says it failed has not been paid for. */
export const accepted = ({ result }: Reply): boolean => result !== undefined && result['isError'] !== true

/** The challenges of an error, as far as they decode. */
export function challengesIn(error: Json.JsonObject): Challenge.Challenge[] {
  const data = Json.isObject(error['data']) ? error['data'] : {}
  const listed = Array.isArray(data['challenges']) ? data['challenges'] : []
  return listed.flatMap((value) => {
    try {
      return [Mcp.toChallenge(value)]
    } catch (cause) {
      if (cause instanceof DecodeError) return []
      throw cause
    }
  })
}

const isCharge = ({ method, intent }: Challenge.Challenge) => method === 'tempo' && intent === 'charge'

async function replyIn(exchange: Exchange, id: Json.JsonValue | undefined): Promise<Reply | undefined> {
  if (!exchange.isEventStream) {
    return replyFrom(await exchange.text(), id)
  }
  for await (const { data } of exchange.events()) {
    const reply = replyFrom(data, id)
    if (reply === undefined) continue
    exchange.abort()
    return reply
  }
  return undefined
}

/** A text to the response of a request; undefined when it is none. */
function replyFrom(text: string, id: Json.JsonValue | undefined): Reply | undefined {
  try {
    const message = Json.decode(text)
    if (!Json.isObject(message) || id === undefined || message['id'] !== id) return undefined
    const { result, error } = message
    if (Json.isObject(result)) return { message, result, error: undefined }
    return Json.isObject(error) ? { message, result: undefined, error } : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
