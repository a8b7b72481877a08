/**
 * A `fetch` that trusts one more certificate, as a process of Node does that is started with NODE_EXTRA_CA_CERTS. Node's
 * modules are asked of the process, for the reference runs in pages too, where the browser says what is trusted.
 */
import type * as NodeFs from 'node:fs'
import type * as NodeHttps from 'node:https'
import type * as NodeStream from 'node:stream'

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
  return new Promise<Response>((resolve, reject) => {
    const sent = Object.fromEntries(new Headers(headers))
    const outgoing = https.request(url, { method, agent, headers: sent })
    const stop = () => outgoing.destroy(signal?.reason as Error)
    signal?.addEventListener('abort', stop, { once: true })
    outgoing.once('close', () => signal?.removeEventListener('abort', stop))
    outgoing.once('error', (cause) =>
      reject(signal?.aborted ? (signal.reason as Error) : new TypeError('fetch failed', { cause })),
    )
    outgoing.once('response', (incoming) => {
      const { statusCode: status = 0, rawHeaders } = incoming
      const received = new Headers()
      for (let i = 0; i + 1 < rawHeaders.length; i += 2)
        received.append(rawHeaders[i] as string, rawHeaders[i + 1] as string)
      const hasBody = method !== 'HEAD' && ![204, 205, 304].includes(status)
      if (!hasBody) incoming.resume()
      const read = hasBody ? (stream.Readable.toWeb(incoming) as ReadableStream<Uint8Array>) : null
      resolve(new Response(read, { status, headers: received }))
    })
    outgoing.end(content === undefined ? undefined : new Uint8Array(content))
  })
}
