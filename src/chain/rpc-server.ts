/** Any `Rpc` as a JSON-RPC endpoint over HTTP, batches included. Malformed requests get an error, never a crash. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { idTexts } from '../codec/json-rpc.ts'
import { invalidRequest, parseError, type Rpc, RpcError } from './rpc.ts'

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

/** Serves on loopback; port 0 picks a free one. Rejects when the port is taken. */
export async function serveRpc(rpc: Rpc, options: { port?: number; host?: string } = {}): Promise<RpcServer> {
  const server = createServer((request, response) => {
    void handle(rpc, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}`, port, close, [Symbol.asyncDispose]: close }
}

async function handle(rpc: Rpc, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request).catch(() => undefined)
  if (body === undefined) {
    response.writeHead(413).end()
    return
  }
  const answer = await answerText(rpc, body)
  if (answer === undefined) {
    response.writeHead(204, { 'access-control-allow-origin': '*' }).end()
    return
  }
  response.writeHead(200, { 'content-type': 'application/json', 'access-control-allow-origin': '*' })
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
  }
  return answers.length === 0 ? undefined : `[${answers.join(',')}]`
}

/** `number` is the text of the id, where that is a number: it goes back with the digits it came with. */
async function answerOne(rpc: Rpc, entry: unknown, number: string | undefined): Promise<string | undefined> {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return failure('null', new RpcError(invalidRequest, 'expected a request object'))
  const { id, method, params } = entry as { id?: unknown; method?: unknown; params?: unknown }
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number')
    return failure('null', new RpcError(invalidRequest, 'an id is a string, a number or null'))
  const idText = number ?? JSON.stringify(id ?? null)
  if (typeof method !== 'string')
    return failure(idText, new RpcError(invalidRequest, 'method must be a string'))
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
