/** Any `Rpc` as a JSON-RPC endpoint over HTTP, batches included. Malformed requests get an error, never a crash. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
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

/** The JSON text of a request or a batch to the JSON text of its answer. */
export async function answerText(rpc: Rpc, body: string): Promise<string> {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return JSON.stringify(failure(null, new RpcError(parseError, 'not JSON')))
  }
  if (!Array.isArray(parsed)) return JSON.stringify((await answerOne(rpc, parsed)) ?? '')
  if (parsed.length === 0 || parsed.length > maxBatch)
    return JSON.stringify(
      failure(null, new RpcError(invalidRequest, `a batch has 1 to ${maxBatch} requests`)),
    )
  const answers: unknown[] = []
  for (const entry of parsed) answers.push(await answerOne(rpc, entry))
  return JSON.stringify(answers)
}

async function answerOne(rpc: Rpc, entry: unknown): Promise<unknown> {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return failure(null, new RpcError(invalidRequest, 'expected a request object'))
  const { id, method, params } = entry as { id?: unknown; method?: unknown; params?: unknown }
  const answerId = typeof id === 'string' || typeof id === 'number' ? id : null
  if (typeof method !== 'string')
    return failure(answerId, new RpcError(invalidRequest, 'method must be a string'))
  try {
    return { jsonrpc: '2.0', id: answerId, result: (await rpc.request({ method, params })) ?? null }
  } catch (error) {
    return failure(answerId, error)
  }
}

function failure(id: string | number | null, error: unknown) {
  const { code, message, data } =
    error instanceof RpcError ? error : { code: -32_603, message: 'internal error', data: undefined }
  return { jsonrpc: '2.0', id, error: data === undefined ? { code, message } : { code, message, data } }
}
