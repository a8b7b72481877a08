/**
 * `Idempotency-Key` (core draft-01, "Idempotency"; tempo session draft, "Idempotency"): a request repeated under its
 * key gets the first answer again and is charged once. Keys are scoped to the challenge and the channel, so nobody
 * is given another payer's answer (reading F7).
 */
import * as Digest from '../codec/digest.ts'
import * as Utf8 from '../codec/utf8.ts'

/** What a request must share with the first one under its key. */
export interface Keyed {
  challengeId: string
  channelId: string
  key: string
  /** Method, URL and body: another one under the same key is a mistake of the client. */
  fingerprint: string
  /** The payment as it was sent; the same bytes need not be verified again. */
  payment: string
}

/** Longest key that is honoured, in characters. */
export const maxKeyChars = 255
/** Longest body that is kept, in bytes; a longer answer is charged once but cannot be repeated. */
export const maxKeptBytes = 262_144
/** Answers kept at once, in bytes and in number; the oldest go first. */
const maxTotalBytes = 16_777_216
const maxEntries = 10_000

/** A first answer: complete, refused (the client may mend its payment and try again), or too long to keep. */
export type FirstAnswer = Response | 'refused' | 'not-kept'

export interface Entry {
  readonly fingerprint: string
  readonly payment: string
  /** A copy of the first answer, once it is complete. */
  answer(): Promise<FirstAnswer>
}

interface Kept {
  status: number
  headers: [string, string][]
  body: Uint8Array<ArrayBuffer>
}

export class Answers {
  readonly #entries = new Map<string, Entry & { bytes: number }>()
  #bytes = 0

  /** The first request under a key, if there was one. */
  find(keyed: Keyed): Entry | undefined {
    return this.#entries.get(nameOf(keyed))
  }

  /** Answers the first request under a key and remembers how. A refusal is not remembered. */
  async remember(keyed: Keyed, respond: () => Promise<Response>): Promise<Response> {
    const { fingerprint, payment } = keyed
    let settle: (answer: Kept | 'refused' | 'not-kept') => void = () => undefined
    const outcome = new Promise<Kept | 'refused' | 'not-kept'>((resolve) => {
      settle = resolve
    })
    const answer = async () => {
      const kept = await outcome
      return typeof kept === 'string' ? kept : new Response(kept.body.length === 0 ? null : kept.body, kept)
    }
    const entry = { fingerprint, payment, answer, bytes: 0 }
    const name = nameOf(keyed)
    this.#entries.set(name, entry)
    const refused = () => {
      if (this.#entries.get(name) === entry) this.#entries.delete(name)
      settle('refused')
    }
    let response: Response
    try {
      response = await respond()
    } catch (error) {
      refused()
      throw error
    }
    if (!response.ok) {
      refused()
      return response
    }
    const { status } = response
    const headers = [...response.headers]
    return recorded(response, (body) => {
      const tooLong = body.length > maxKeptBytes
      settle(tooLong ? 'not-kept' : { status, headers, body })
      if (!tooLong && this.#entries.get(name) === entry) this.#count(entry, body.length)
    })
  }

  #count(entry: { bytes: number }, bytes: number): void {
    entry.bytes = bytes
    this.#bytes += bytes
    for (const [name, oldest] of this.#entries) {
      if (this.#bytes <= maxTotalBytes && this.#entries.size <= maxEntries) return
      this.#bytes -= oldest.bytes
      this.#entries.delete(name)
    }
  }
}

/** The name of a key among those charged on a channel: what is kept durably. */
export const chargeKey = ({ challengeId, key }: Keyed): string =>
  Digest.encode(Utf8.encode(`${challengeId} ${key}`))

const nameOf = ({ challengeId, channelId, key }: Keyed): string => `${channelId} ${challengeId} ${key}`

/** The same response; its body is handed over once it has gone out, in whole or as far as the client read it. */
function recorded(response: Response, done: (body: Uint8Array<ArrayBuffer>) => void): Response {
  const source = response.body?.getReader()
  if (source === undefined) {
    done(new Uint8Array())
    return response
  }
  const chunks: Uint8Array[] = []
  let size = 0
  const finish = () => done(new Uint8Array(Buffer.concat(chunks)))
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done: ended } = await source.read()
        if (ended) {
          finish()
          controller.close()
          return
        }
        size += value.length
        if (size <= maxKeptBytes + value.length) chunks.push(value)
        controller.enqueue(value)
      },
      cancel(reason) {
        // What was sent before the client left is what a repeat gets: it is what was charged.
        finish()
        return source.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  const { status, headers } = response
  return new Response(body, { status, headers })
}
