/**
 * A `fetch` that trusts one more certificate, as a process of Node does that is started with NODE_EXTRA_CA_CERTS. Node's
 * modules are asked of the process, for the reference runs in pages too, where the browser says what is trusted.
 */
import type * as NodeFs from 'node:fs'
import type * as NodeHttps from 'node:https'
import type * as NodeStream from 'node:stream'
import { answerTo, fieldsOf } from '../../../../src/http/node-answer.ts'

type Fetch = typeof globalThis.fetch

interface Modules {
  https: typeof NodeHttps
  stream: typeof NodeStream
}

function builtin(name: string): unknown {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } }
  return process?.getBuiltinModule?.(name)
}

/** Requests by TLS trust the certificate in a file (PEM); others are left to `fetch`. Redirects are not followed. */
export function trusting(file: string, fetch: Fetch): Fetch {
  const fs = builtin('node:fs') as typeof NodeFs | undefined
  if (fs === undefined) return fetch
  const modules = { https: builtin('node:https'), stream: builtin('node:stream') } as Modules
  const agent = new modules.https.Agent({ ca: fs.readFileSync(file, 'utf8') })
  return async (input, init = {}) => {
    const url = new URL(String(input))
    return url.protocol === 'https:' ? send(url, init, agent, modules) : fetch(input, init)
  }
}

async function send(
  url: URL,
  { method = 'GET', headers, body, signal }: RequestInit,
  agent: NodeHttps.Agent,
  { https, stream }: Modules,
): Promise<Response> {
  signal?.throwIfAborted()
  const content = body === undefined || body === null ? undefined : await new Response(body).arrayBuffer()
  const outgoing = https.request(url, { method, agent, headers: Object.fromEntries(new Headers(headers)) })
  const answered = answerTo(outgoing, signal)
  outgoing.end(content === undefined ? undefined : new Uint8Array(content))
  const incoming = await answered
  const { statusCode: status = 0 } = incoming
  const hasBody = method !== 'HEAD' && ![204, 205, 304].includes(status)
  if (!hasBody) incoming.resume()
  const read = hasBody ? (stream.Readable.toWeb(incoming) as ReadableStream<Uint8Array>) : null
  return new Response(read, { status, headers: fieldsOf(incoming) })
}
