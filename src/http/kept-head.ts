/**
 * The platform's `fetch`, but HEAD over connections that stay open. Node's own closes the connection after each HEAD, and
 * a voucher is one: it would wait for a new connection each time. Elsewhere, and wherever somebody has put another `fetch`
 * or dispatcher in its place, that one is used.
 */
import type * as NodeHttp from 'node:http'
import type * as NodeHttps from 'node:https'
import { answerTo, fieldsOf } from './node-answer.ts'

type Fetch = typeof globalThis.fetch

const platformFetch = globalThis.fetch as Fetch | undefined
const dispatcher = Symbol.for('undici.globalDispatcher.1')
/** How long an idle connection is kept, in milliseconds: less than servers of Node do. */
const idleMs = 4_000

interface Sender {
  request: typeof NodeHttp.request
  agent: NodeHttp.Agent
}

/** Senders by protocol; undefined where there is no Node. Asked of the process, for a browser has no such module. */
function senders(): Readonly<Record<string, Sender>> | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } }
  const http = process?.getBuiltinModule?.('node:http') as typeof NodeHttp | undefined
  const https = process?.getBuiltinModule?.('node:https') as typeof NodeHttps | undefined
  if (http === undefined || https === undefined) return undefined
  const options = { keepAlive: true, timeout: idleMs }
  return {
    'http:': { request: http.request, agent: new http.Agent(options) },
    'https:': { request: https.request as typeof NodeHttp.request, agent: new https.Agent(options) },
  }
}

let found: ReturnType<typeof senders> | null = null

/** As the global `fetch`, asked anew for each request. */
export const keptFetch: Fetch = async (input, init) => {
  const platform = globalThis.fetch
  if (init?.method !== 'HEAD' || typeof input !== 'string' || isReplaced(platform))
    return platform(input, init)
  found ??= senders() ?? {}
  const url = new URL(input)
  const sender = found[url.protocol]
  return sender === undefined || url.username !== '' ? platform(input, init) : head(sender, url, init)
}

function isReplaced(platform: Fetch): boolean {
  const set = (globalThis as Record<symbol, object | undefined>)[dispatcher]
  return platform !== platformFetch || (set !== undefined && set.constructor.name !== 'Agent')
}

async function head(
  { request, agent }: Sender,
  url: URL,
  { headers, signal }: RequestInit,
): Promise<Response> {
  signal?.throwIfAborted()
  const sent: Record<string, string> = { accept: '*/*', 'user-agent': 'node' }
  for (const [name, value] of headers instanceof Headers ? headers : new Headers(headers)) sent[name] = value
  const outgoing = request(url, { method: 'HEAD', agent, headers: sent })
  const answered = answerTo(outgoing, signal)
  outgoing.end()
  const incoming = await answered
  const { statusCode = 0, statusMessage = '', httpVersion } = incoming
  // An answer to HEAD has no body, whatever length it names or does not: its end is known, and the connection good.
  const closes = /\bclose\b/i.test(incoming.headers.connection ?? '')
  if (httpVersion === '1.1' && !closes) outgoing.shouldKeepAlive = true
  if (statusCode < 200 || statusCode > 599) throw new TypeError(`fetch failed: status ${statusCode}`)
  const answer = new Response(null, {
    status: statusCode,
    statusText: statusMessage,
    headers: fieldsOf(incoming),
  })
  // By then the connection is free for the next.
  await new Promise((resolve) => incoming.once('close', resolve).resume())
  return answer
}
