/** Every wait of the client has an end, and every read a size. */

/** Bounds of waits, in milliseconds, and of reads, in bytes. */
export interface Limits {
  /** Longest wait for an answer to begin, in milliseconds; default 30,000. */
  answerTimeoutMs: number
  /** Longest silence within an event stream, in milliseconds; default 300,000. Comments break it. */
  idleTimeoutMs: number
  /** Longest time that the text of a refusal may take, in milliseconds; default 10,000. */
  problemTimeoutMs: number
  /** Largest refusal that is read, in bytes; default 65,536. What is longer is not waited for. */
  maxProblemBytes: number
  /** Largest body of a request, which is kept so that it can be sent again, in bytes; default 16 MiB. */
  maxRequestBytes: number
  /** Longest time a payment is put off because the server asks to (429, 503), in milliseconds; default 60,000. */
  patienceMs: number
}

export const defaultLimits: Limits = {
  answerTimeoutMs: 30_000,
  idleTimeoutMs: 300_000,
  problemTimeoutMs: 10_000,
  maxProblemBytes: 65_536,
  maxRequestBytes: 16_777_216,
  patienceMs: 60_000,
}

/** The server did not answer, or fell silent. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/** What `work` answers, or a `TimeoutError` with `message` after `ms` milliseconds; `late` then stops the work. */
export async function within<T>(
  ms: number,
  message: string,
  work: Promise<T>,
  late: (error: TimeoutError) => void = () => undefined,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new TimeoutError(message)
      late(error)
      reject(error)
    }, ms)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** The chunks of a body; a silence of `idleMs` ends it with a `TimeoutError`, and so does the signal. */
export async function* chunksOf(
  response: Response,
  idleMs: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader()
  if (reader === undefined) return
  const stop = () => void reader.cancel(signal?.reason).catch(() => undefined)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for (;;) {
      signal?.throwIfAborted()
      const message = `the server was silent for ${idleMs / 1000} s`
      const { value, done } = await within(idleMs, message, reader.read())
      signal?.throwIfAborted()
      if (done) return
      yield value
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    // The body may have failed already; that is told by the read.
    await reader.cancel().catch(() => undefined)
  }
}

/** The beginning of a body as text: what comes within the limits. The rest is not waited for. */
export async function beginningOf(
  response: Response,
  { maxProblemBytes, problemTimeoutMs }: Limits,
): Promise<string> {
  const utf8 = new TextDecoder()
  let text = ''
  let size = 0
  const deadline = performance.now() + problemTimeoutMs
  try {
    for await (const chunk of chunksOf(response, problemTimeoutMs)) {
      size += chunk.length
      text += utf8.decode(chunk, { stream: true })
      if (size > maxProblemBytes || performance.now() > deadline) break
    }
  } catch (error) {
    // What did come may still say why.
    if (!(error instanceof TimeoutError || error instanceof TypeError)) throw error
  }
  return text
}

/** Cancels a body that is not read. */
export async function drop(response: Response): Promise<void> {
  if (response.body === null || response.body.locked) return
  await response.body.cancel().catch(() => undefined)
}

/** How long a server asks to wait: seconds or a date (RFC 9110, 10.2.3); undefined when it does not say. */
export function retryAfterMs(response: Response, now: number): number | undefined {
  const field = response.headers.get('retry-after')?.trim()
  if (field === undefined || field === '') return undefined
  if (/^[0-9]{1,9}$/.test(field)) return Number(field) * 1000
  const date = Date.parse(field)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** Waits; rejects with the signal's reason when that comes first. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
