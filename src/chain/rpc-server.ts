/** Any `Rpc` as a JSON-RPC endpoint over HTTP, batches included. Malformed requests get an error, never a crash. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { idTexts } from '../codec/json-rpc.ts'
import { addressOf } from '../http/address.ts'
import { hasOneHost } from '../http/host.ts'
import { invalidRequest, parseError, type Rpc, RpcError } from './rpc.ts'

/** How long an idle connection is kept, in milliseconds; nodes keep theirs for minutes. */
const keepAliveMs = 120_000

/** A JSON-RPC endpoint that is listening. */
export interface RpcServer {
  url: string
  port: number
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Largest request body, in bytes. */
export const maxBodyBytes = 10_485_760
/** Most requests in one batch. */
export const maxBatch = 1_000

export interface RpcServerOptions {
  /** Default any free one. */
  port?: number
  /** Address to listen on; default `127.0.0.1`. A request may then name this host too. */
  host?: string
  /** Origins of web pages that may ask, or `*` for every page; default none. */
  cors?: readonly string[]
}

/**
 * Serves an `Rpc` over HTTP, by default on a free port of `127.0.0.1`; `url` names the address, or loopback
 * when it is every one. Resolves once it listens; rejects with the error
 * of Node (`EADDRINUSE`) when the port is taken. Accepts batches of up to 1,000 requests and bodies of up to 10,485,760
 * bytes; a larger body is answered 413. An error that is no `RpcError` is answered -32603 without its text.
 *
 * A development chain mints tokens and mines for everyone who can reach it. So a request is answered 403 unless its
 * `Host` is a loopback name or `host`, and unless its `Origin`, if it has one, is allowed by `cors`: a web page cannot
 * use the chain, not even through a host name of its own that resolves to this machine. One that does not name its host
 * exactly once (RFC 9112, section 3.2) is answered 400.
 */
export async function serveRpc(rpc: Rpc, options: RpcServerOptions = {}): Promise<RpcServer> {
  const server = createServer((request, response) => {
    const allowed = admit(request, options)
    if (!hasOneHost(request)) response.writeHead(400, { connection: 'close' }).end()
    else if (allowed === undefined) response.writeHead(403, { connection: 'close' }).end()
    else if (request.method === 'OPTIONS') response.writeHead(204, { ...allowed, ...preflight }).end()
    else void handle(rpc, request, response, allowed)
  })
  // Clients keep connections and use them again; one that is closed just then looks like a node that failed.
  server.keepAliveTimeout = keepAliveMs
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { ...addressOf(server), close, [Symbol.asyncDispose]: close }
}

const preflight = { 'access-control-allow-methods': 'POST', 'access-control-allow-headers': 'content-type' }
const loopback = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?$/i

/** The CORS headers of the answer; undefined when the host or the origin of the request is not allowed. */
function admit(
  { headers: { host = '', origin } }: IncomingMessage,
  { host: own, cors = [] }: RpcServerOptions,
): Record<string, string> | undefined {
  const name = host.replace(/:[0-9]+$/, '')
  if (!loopback.test(host) && (own === undefined || (name !== own && name !== `[${own}]`))) return undefined
  if (origin === undefined) return {}
  if (!cors.includes('*') && !cors.includes(origin)) return undefined
  return { 'access-control-allow-origin': origin, vary: 'origin' }
}

async function handle(
  rpc: Rpc,
  request: IncomingMessage,
  response: ServerResponse,
  allowed: Record<string, string>,
): Promise<void> {
  const body = await readBody(request).catch(() => undefined)
  if (body === undefined) {
    response.writeHead(413).end()
    return
  }
  const answer = await answerText(rpc, body)
  if (answer === undefined) {
    response.writeHead(204, allowed).end()
    return
  }
  response.writeHead(200, { ...allowed, 'content-type': 'application/json' })
  response.end(answer)
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * The JSON text of a request or a batch to the JSON text of its answer; undefined where nothing wants one. Requests
 * without an id are notifications: they are carried out, and not answered (JSON-RPC 2.0, section 4.1).
 */
export async function answerText(rpc: Rpc, body: string): Promise<string | undefined> {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return failure('null', new RpcError(parseError, 'not JSON'))
  }
  const ids = idTexts(body)
  if (!Array.isArray(parsed)) return answerOne(rpc, parsed, ids[0])
  if (parsed.length === 0 || parsed.length > maxBatch)
    return failure('null', new RpcError(invalidRequest, `a batch has 1 to ${maxBatch} requests`))
  const answers: string[] = []
  for (const [i, entry] of parsed.entries()) {
    const answer = await answerOne(rpc, entry, ids[i])
    if (answer !== undefined) answers.push(answer)
    // Others are answered between the requests of a long batch.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return answers.length === 0 ? undefined : `[${answers.join(',')}]`
}

/** `number` is the text of the id, where that is a number: it goes back with the digits it came with. */
async function answerOne(rpc: Rpc, entry: unknown, number: string | undefined): Promise<string | undefined> {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return failure('null', new RpcError(invalidRequest, 'expected a request object'))
  const { jsonrpc, id, method, params } = entry as Readonly<Record<string, unknown>>
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number')
    return failure('null', new RpcError(invalidRequest, 'an id is a string, a number or null'))
  const idText = number ?? JSON.stringify(id ?? null)
  const refused = (why: string) => failure(idText, new RpcError(invalidRequest, why))
  if (jsonrpc !== '2.0') return refused('jsonrpc must be "2.0"')
  if (typeof method !== 'string') return refused('method must be a string')
  // Null stands for none, as in nodes; anything else that has no places or names holds no parameters (section 4.2).
  if (params !== undefined && typeof params !== 'object') return refused('params must be a list or an object')
  try {
    const result = JSON.stringify((await rpc.request({ method, params })) ?? null)
    return id === undefined ? undefined : `{"jsonrpc":"2.0","id":${idText},"result":${result}}`
  } catch (error) {
    return id === undefined ? undefined : failure(idText, error)
  }
}

function failure(idText: string, error: unknown): string {
  const { code, message, data } =
    error instanceof RpcError ? error : { code: -32_603, message: 'internal error', data: undefined }
  const told = JSON.stringify(data === undefined ? { code, message } : { code, message, data })
  return `{"jsonrpc":"2.0","id":${idText},"error":${told}}`
}
