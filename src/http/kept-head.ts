/**
 * The platform's `fetch`, but HEAD over connections that stay open. Node's own closes the connection after each HEAD, and
 * a voucher is one: it would wait for a new connection each time. Elsewhere, and wherever somebody has put another `fetch`
 * or dispatcher in its place, that one is used.
 */
import type * as Net from 'node:net'
import type * as Tls from 'node:tls'
import { KeptConnections, socketsOf } from './kept-connections.ts'

type Fetch = typeof globalThis.fetch

const platformFetch = globalThis.fetch as Fetch | undefined
const dispatcher = Symbol.for('undici.globalDispatcher.1')
/** How long an idle connection is kept, in milliseconds: less than servers of Node do. */
const idleMs = 4_000

/** Undefined where there is no Node. Asked of the process, for a browser has no such modules. */
function connections(): KeptConnections | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } }
  const net = process?.getBuiltinModule?.('node:net') as typeof Net | undefined
  const tls = process?.getBuiltinModule?.('node:tls') as typeof Tls | undefined
  return net === undefined || tls === undefined ? undefined : new KeptConnections(socketsOf(net, tls), idleMs)
}

let found: { connections: KeptConnections | undefined } | undefined
/** The URL asked for last: a channel has one. */
let latest = { text: '', url: new URL('http://localhost') }

/** As the global `fetch`, asked anew for each request. */
export const keptFetch: Fetch = async (input, init) => {
  const platform = globalThis.fetch
  if (init?.method !== 'HEAD' || typeof input !== 'string' || isReplaced(platform))
    return platform(input, init)
  found ??= { connections: connections() }
  if (latest.text !== input) latest = { text: input, url: new URL(input) }
  const { url } = latest
  const headers = [...new Headers(init.headers)]
  const plain =
    url.username === '' && /^https?:$/.test(url.protocol) && !headers.some(([name]) => ownNames.has(name))
  return found.connections === undefined || !plain
    ? platform(input, init)
    : head(found.connections, url, headers, init.signal ?? undefined)
}

/** Headers by which a request is framed or routed: they are the platform's to send. */
const ownNames = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'te',
  'transfer-encoding',
  'upgrade',
])

function isReplaced(platform: Fetch): boolean {
  const set = (globalThis as Record<symbol, object | undefined>)[dispatcher]
  return platform !== platformFetch || (set !== undefined && set.constructor.name !== 'Agent')
}

async function head(
  connections: KeptConnections,
  url: URL,
  headers: [string, string][],
  signal: AbortSignal | undefined,
): Promise<Response> {
  signal?.throwIfAborted()
  for (const [name, value] of defaults)
    if (!headers.some(([own]) => own === name)) headers.push([name, value])
  const { answer, stop } = connections.send({ method: 'HEAD', url, headers })
  const aborted = () => stop(signal?.reason as Error)
  signal?.addEventListener('abort', aborted)
  try {
    const { status, statusText, headers: received } = await answer
    if (status > 599) throw new TypeError(`fetch failed: status ${status}`)
    return new Response(null, { status, statusText, headers: received })
  } catch (cause) {
    // As fetch says it: whoever reads the error need not know who sent the request.
    throw signal?.aborted ? (signal.reason as Error) : new TypeError('fetch failed', { cause })
  } finally {
    signal?.removeEventListener('abort', aborted)
  }
}

const defaults = [
  ['accept', '*/*'],
  ['user-agent', 'node'],
] as const
