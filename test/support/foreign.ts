/**
 * Servers that are lawful in ways the reference is not: a proxy before the reference that says the same things in
 * other words. Nothing the kit judges may depend on the difference.
 */
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as AuthParams from '../../src/codec/auth-params.ts'
import * as Base64url from '../../src/codec/base64url.ts'
import { DecodeError } from '../../src/codec/decode-error.ts'
import * as Jcs from '../../src/codec/jcs.ts'
import * as Utf8 from '../../src/codec/utf8.ts'

type Headers = [name: string, value: string][]
type Members = Record<string, unknown>

/** One way to say the same. */
export interface Variation {
  /** The headers of a response. */
  headers?: (headers: Headers, status: number) => Headers
  /** Checks that may warn all the same: what the proxy does has that price, and no server would pay it. */
  warns?: RegExp
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
  /** Sends the beginning of every body byte by byte, in pieces of this many bytes. */
  pieces?: number
}

const on =
  (name: string, change: (value: string) => string) =>
  (headers: Headers): Headers =>
    headers.map(([field, value]) => [field, field.toLowerCase() === name ? change(value) : value])

/** Changes how the Payment challenge is written. */
const challenge = (write: (params: [string, string][]) => string) =>
  on('www-authenticate', (value) =>
    /^payment /i.test(value) ? write([...(AuthParams.decode(value)[0]?.params ?? [])]) : value,
  )

const alien = 'Payment id="x", realm="elsewhere", method="barter", intent="charge", request="e30"'
const basic = 'Basic realm="elsewhere", charset="UTF-8"'
const isChallenge = ([name, value]: [string, string]) =>
  name.toLowerCase() === 'www-authenticate' && /^payment /i.test(value)
const later = { later: { version: 2, list: [1, null] }, 'x-more': '…' }

/** The proxy adds its challenges whatever Accept-Payment asks for. */
const unheeded = /^preferences\./
/** Units that are still in the proxy when the server is killed are lost. */
const heldBack = /^crash\.overcharged$/

/** Every variation that stands alone. */
export const variations: Readonly<Record<string, Variation>> = {
  'every byte on its own': { pieces: 1, warns: heldBack },
  'three bytes at a time': { pieces: 3, warns: heldBack },
  'lines of a stream end with CRLF': { stream: (text) => text.replaceAll('\n', '\r\n') },
  'lines of a stream end with CR': { stream: (text) => text.replaceAll('\n', '\r') },
  'comments and retry between events': {
    stream: (text) => text.replaceAll('\n\n', '\n\n: still here\n\nretry: 3000\n\n:\n\n'),
  },
  'no space after a colon': { stream: (text) => text.replaceAll(/^(data|event): (?! )/gm, '$1:') },
  'headers nobody asked for': {
    headers: (headers) => [
      ['X-Request-Id', '1'],
      ['Vary', 'Authorization'],
      ...headers,
      ['Set-Cookie', 'a=b; HttpOnly'],
      ['Link', '</terms>; rel="terms-of-service"'],
    ],
  },
  'upper-case names': { headers: (headers) => headers.map(([name, value]) => [name.toUpperCase(), value]) },
  'lower-case scheme': { headers: on('www-authenticate', (value) => value.replace(/^Payment/, 'payment')) },
  'upper-case scheme': { headers: on('www-authenticate', (value) => value.replace(/^Payment/, 'PAYMENT')) },
  'parameters in another order': {
    headers: challenge((params) => AuthParams.encode('Payment', params.reverse())),
  },
  'parameters nobody knows': {
    headers: challenge((params) =>
      AuthParams.encode('Payment', [['hint', 'a, "b" = c'], ...params, ['x', '1']]),
    ),
  },
  'white space around commas': {
    headers: challenge(
      (params) => `Payment ${params.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ,\t')}`,
    ),
  },
  'other challenges before, in fields of their own': {
    warns: unheeded,
    headers: (headers) =>
      headers.flatMap((header) =>
        isChallenge(header) ? [['WWW-Authenticate', basic], ['WWW-Authenticate', alien], header] : [header],
      ),
  },
  'other challenges after, in fields of their own': {
    warns: unheeded,
    headers: (headers) =>
      headers.flatMap((header) =>
        isChallenge(header) ? [header, ['WWW-Authenticate', alien], ['WWW-Authenticate', basic]] : [header],
      ),
  },
  'other challenges around it, in one field': {
    warns: unheeded,
    headers: on('www-authenticate', (value) =>
      /^payment /i.test(value) ? `${basic}, ${alien}, ${value}, Negotiate` : value,
    ),
  },
  '204 without content': { emptyStatus: 204 },
  'problems in other words': {
    problem: (problem) => ({
      ...later,
      ...problem,
      title: 'Non, merci',
      detail: 'Ça ne va pas: « non »',
      instance: '/1',
    }),
  },
  'members nobody knows': {
    object: (object) => ({ ...later, ...object }),
    problem: (problem) => ({ ...later, ...problem }),
  },
  'terms with members nobody knows': { terms: (request) => ({ ...request, ...later }) },
}

/** Several at once. */
export const together = (...names: string[]): Variation[] =>
  names.map((name) => {
    const found = variations[name]
    if (found === undefined) throw new Error(`no variation ${name}`)
    return found
  })

export interface ForeignServer extends AsyncDisposable {
  /** The same resource, behind the proxy. */
  url: string
}

/** How much of a body is sent in pieces, in bytes. */
const inPieces = 1_000

/** Starts a proxy before the server of a URL. */
export async function foreign(url: string, chosen: readonly Variation[]): Promise<ForeignServer> {
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
    if (!response.write(piece) && !response.destroyed)
      await Promise.race([once(response, 'drain'), once(response, 'close')])
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
