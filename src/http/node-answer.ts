/** What Node's own requests are answered, as `fetch` tells it: its errors, its fields. Types alone are Node's: pages load this too. */
import type { ClientRequest, IncomingMessage } from 'node:http'

/** The head of the answer. A request that fails or is aborted rejects as one of `fetch` does; send it after this call. */
export function answerTo(
  outgoing: ClientRequest,
  signal: AbortSignal | null | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const stop = () => outgoing.destroy(signal?.reason as Error)
    signal?.addEventListener('abort', stop, { once: true })
    outgoing.once('close', () => signal?.removeEventListener('abort', stop))
    outgoing.once('error', (cause) =>
      reject(signal?.aborted ? (signal.reason as Error) : new TypeError('fetch failed', { cause })),
    )
    outgoing.once('response', resolve)
  })
}

/** All fields as they were sent, repeated ones too. */
export function fieldsOf({ rawHeaders }: IncomingMessage): Headers {
  const fields = new Headers()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    fields.append(rawHeaders[i] as string, rawHeaders[i + 1] as string)
  return fields
}
