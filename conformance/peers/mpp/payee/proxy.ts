/**
 * A proxy before the reference that says the same things in other words: headers, bodies and streams written in other
 * ways that the texts leave free. Nothing the kit judges may depend on the difference.
 */
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as AuthParams from '../../../../src/codec/auth-params.ts'
import * as Base64url from '../../../../src/codec/base64url.ts'
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Jcs from '../../../../src/codec/jcs.ts'
import * as Utf8 from '../../../../src/codec/utf8.ts'

export type Headers = [name: string, value: string][]
export type Members = Record<string, unknown>

/** One way to say the same. */
export interface Variation {
  /** The headers of a response. */
  headers?: (headers: Headers, status: number) => Headers
  /** The status of a response without content. */
  emptyStatus?: number
  /** The text of a stream, one write of the server at a time. */
  stream?: (text: string) => string
  /** A JSON body that is a problem. */
  problem?: (problem: Members) => Members
  /** A JSON object of the protocol: a receipt or the data of a payment event. */
  object?: (object: Members) => Members
  /** The request a challenge carries; what comes back is put back. */
  terms?: (request: Members) => Members
  /** Sends the beginning of every body in pieces of this many bytes. */
  pieces?: number
}

/** Changes one header field. */
export const on =
  (name: string, change: (value: string) => string) =>
  (headers: Headers): Headers =>
    headers.map(([field, value]) => [field, field.toLowerCase() === name ? change(value) : value])

/** Whether a header carries the Payment challenge. */
export const isChallenge = ([name, value]: [string, string]): boolean =>
  name.toLowerCase() === 'www-authenticate' && /^payment /i.test(value)

export interface Proxying extends AsyncDisposable {
  /** The same resource, behind the proxy. */
  url: string
}

/** How much of a body is sent in pieces, in bytes. */
const inPieces = 1_000

/** Starts a proxy before the server of a URL. */
export async function proxy(url: string, chosen: readonly Variation[]): Promise<Proxying> {
  const upstream = new URL(url)
  /** Requests of challenges as they were sent on -> as the server wrote them. */
  const written = new Map<string, string>()
  const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    const headers = pairs(request).map(([name, value]): [string, string] => [name, restored(value, written)])
    const { method, url: path } = request
    const forward = httpRequest({
      host: upstream.hostname,
      port: upstream.port,
      method,
      path,
      headers: headers.flat() as never,
      agent: false,
    })
    forward.once('error', () => response.destroy())
    response.once('close', () => forward.destroy())
    forward.once('response', (answer) => void relay(answer, response, chosen, written))
    request.pipe(forward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${upstream.pathname}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const pairs = ({ rawHeaders }: IncomingMessage): Headers =>
  rawHeaders.flatMap((name, i): Headers => (i % 2 === 0 ? [[name, rawHeaders[i + 1] as string]] : []))

/** A credential that echoes a challenge as the proxy wrote it, with the server's own request put back. */
function restored(value: string, written: ReadonlyMap<string, string>): string {
  const token = /^payment +([A-Za-z0-9_-]+)$/i.exec(value)?.[1]
  if (token === undefined || written.size === 0) return value
  let text: string
  try {
    text = Utf8.decode(Base64url.decode(token))
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return value
  }
  const echoed = /"request":"([A-Za-z0-9_-]+)"/.exec(text)?.[1]
  const original = written.get(echoed ?? '')
  if (echoed === undefined || original === undefined) return value
  return `Payment ${Base64url.encode(Utf8.encode(text.replace(echoed, original)))}`
}

async function relay(
  answer: IncomingMessage,
  response: ServerResponse,
  chosen: readonly Variation[],
  written: Map<string, string>,
) {
  const hasNoContent = answer.headers['content-length'] === '0'
  let status = answer.statusCode ?? 502
  let headers = pairs(answer).filter(
    ([name]) => !/^(connection|keep-alive|transfer-encoding|content-length)$/i.test(name),
  )
  const type = answer.headers['content-type'] ?? ''
  const isStream = type.startsWith('text/event-stream')
  const isProblem = type.startsWith('application/problem+json')
  for (const { emptyStatus, terms, object, headers: change } of chosen) {
    if (emptyStatus !== undefined && status === 200 && hasNoContent) status = emptyStatus
    if (terms !== undefined)
      headers = headers.map((header) => (isChallenge(header) ? withTerms(header, terms, written) : header))
    if (object !== undefined)
      headers = on('payment-receipt', (value) => encoded(object(decoded(value))))(headers)
    if (change !== undefined) headers = change(headers, status)
  }
  response.writeHead(status, headers.flat())
  response.socket?.setNoDelay(true)
  response.flushHeaders()
  const write = writer(response, Math.min(...chosen.map(({ pieces = Number.POSITIVE_INFINITY }) => pieces)))
  try {
    if (isStream) {
      const text = new TextDecoder()
      for await (const chunk of answer)
        await write(chosen.reduce(streamed, text.decode(chunk as Buffer, { stream: true })))
    } else {
      const chunks: Buffer[] = []
      for await (const chunk of answer) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks)
      await write(isProblem && body.length > 0 ? chosen.reduce(problem, body.toString()) : body)
    }
    response.end()
  } catch (error) {
    // The server broke off in the middle, or the kit did: the other side sees a broken connection, as it would have.
    response.destroy(error as Error)
  }
}

const problem = (text: string, { problem: change }: Variation): string =>
  change === undefined ? text : JSON.stringify(change(JSON.parse(text) as Members))

/** The reference writes whole events, so each write can be changed on its own. */
function streamed(text: string, { object, stream }: Variation): string {
  const changed =
    object === undefined
      ? text
      : text.replace(
          /^(event: payment-[a-z-]+\ndata: )(.*)$/gm,
          (_, before: string, data: string) => before + JSON.stringify(object(JSON.parse(data) as Members)),
        )
  return stream?.(changed) ?? changed
}

function withTerms(
  [name, value]: [string, string],
  change: (request: Members) => Members,
  written: Map<string, string>,
): [string, string] {
  const params = new Map(AuthParams.decode(value)[0]?.params)
  const request = params.get('request')
  if (request === undefined) return [name, value]
  const other = encoded(change(decoded(request)))
  written.set(other, request)
  params.set('request', other)
  return [name, AuthParams.encode('Payment', params)]
}

const decoded = (text: string): Members => JSON.parse(Utf8.decode(Base64url.decode(text))) as Members
const encoded = (value: Members): string => Base64url.encode(Utf8.encode(Jcs.encode(value)))

/** Writes a body, its beginning in pieces that leave one by one. */
function writer(response: ServerResponse, pieces: number) {
  let sent = 0
  const put = async (piece: Buffer) => {
    if (response.write(piece) || response.destroyed) return
    // Whichever comes first takes the other's listener away.
    const first = new AbortController()
    const { signal } = first
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]).finally(
      () => first.abort(),
    )
  }
  return async (text: string | Buffer) => {
    let rest = Buffer.from(text as string)
    while (rest.length > 0 && !response.destroyed) {
      const length = sent < inPieces ? Math.min(pieces, rest.length) : rest.length
      await put(rest.subarray(0, length))
      rest = rest.subarray(length)
      sent += length
      if (rest.length > 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
