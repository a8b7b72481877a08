/**
 * The model behind a server that is judged: an OpenAI-compatible server of the kit's own. It answers each conversation
 * by the script that was written for it, and knows how often it was asked, how far it came, and who hung up on it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DecodeError } from '../../../src/codec/decode-error.ts'
import * as Json from '../../../src/codec/json.ts'

/** What is answered to one conversation. */
export interface Script {
  /** Default `tokens`. */
  tokens?: readonly string[]
  /** Waited for before the token of this number is sent. */
  before?: (token: number) => Promise<void> | void
  /** How it fails: with a status instead of an answer, or after so many tokens by hanging up. */
  fails?: { status: number } | { after: number }
}

/** One time that the model was asked. */
export interface Run {
  /** Tokens that were sent. */
  sent: number
  /** The server hung up before the end. */
  cut: boolean
  /** Settles when the answer is over, whoever ended it. */
  over: Promise<void>
}

/** What it says unless a script says otherwise. */
export const tokens: readonly string[] = [
  'Every',
  ' token',
  ' was',
  ' paid',
  ' for',
  ' before',
  ' it',
  ' came.',
]

/** A model that is listening. */
export class Upstream {
  /** "http://127.0.0.1:1234/v1": `/chat/completions` is below it. */
  readonly url: string
  readonly close: () => Promise<void>
  readonly #scripts = new Map<string, Script>()
  readonly #runs = new Map<string, Run[]>()

  private constructor(server: Server) {
    const { port } = server.address() as AddressInfo
    this.url = `http://127.0.0.1:${port}/v1`
    this.close = () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#answer(request, response)
    })
  }

  /** Listens on a free port. */
  static async start(): Promise<Upstream> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Upstream(server)
  }

  /** Says how a conversation is answered; it is named by its last message. */
  script(conversation: string, script: Script): void {
    this.#scripts.set(conversation, script)
  }

  /** How often a conversation was asked for, and what became of each time. */
  runs(conversation: string): readonly Run[] {
    return this.#runs.get(conversation) ?? []
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Who hangs up is noticed by the close of the response.
    response.on('error', () => undefined)
    const asked = await bodyOf(request)
    const conversation = conversationIn(asked)
    const script = this.#scripts.get(conversation) ?? {}
    let end: () => void = () => undefined
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    const run: Run = { sent: 0, cut: false, over }
    this.#runs.set(conversation, [...this.runs(conversation), run])
    response.once('close', () => {
      run.cut = !response.writableFinished
      end()
    })
    if (asked?.['stream'] === true) await stream(response, script, run)
    else await whole(response, script, run)
  }
}

async function stream(response: ServerResponse, script: Script, run: Run): Promise<void> {
  const { tokens: words = tokens, before, fails } = script
  if (fails !== undefined && 'status' in fails) return refuse(response, fails.status)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const [i, content] of words.entries()) {
    if (fails !== undefined && i === fails.after) return void setImmediate(() => response.destroy())
    await before?.(i)
    if (response.destroyed) return
    const chunk = event({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
    await new Promise((resolve) => response.write(chunk, resolve))
    run.sent++
  }
  response.write(event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }))
  response.end('data: [DONE]\n\n')
}

async function whole(response: ServerResponse, script: Script, run: Run): Promise<void> {
  const { tokens: words = tokens, before, fails } = script
  if (fails !== undefined) return refuse(response, 'status' in fails ? fails.status : 500)
  for (const i of words.keys()) await before?.(i)
  run.sent = words.length
  const message = { role: 'assistant', content: words.join('') }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({ ...named('chat.completion'), choices: [{ index: 0, message, finish_reason: 'stop' }] }),
  )
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({ error: { message: 'the model fails, as it was told to', type: 'server_error' } }),
  )
}

const named = (object: string) => ({ id: 'chatcmpl-kit', object, created: 1, model: 'kit' })

const event = (more: object): string =>
  `data: ${JSON.stringify({ ...named('chat.completion.chunk'), ...more })}\n\n`

async function bodyOf(request: IncomingMessage): Promise<Json.JsonObject | undefined> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  try {
    const value = Json.decode(Buffer.concat(chunks).toString('utf8'))
    return Json.isObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** The text of the last message. */
function conversationIn(asked: Json.JsonObject | undefined): string {
  const messages = asked?.['messages']
  const last = Array.isArray(messages) ? messages.at(-1) : undefined
  const content = Json.isObject(last) ? last['content'] : undefined
  return typeof content === 'string' ? content : ''
}
