/**
 * Answers that are given again: a request repeated under its key gets the first answer, and its author is not asked
 * twice. They are kept in memory and up to a limit; what must survive more than that is its caller's to keep.
 */

import { bytesOf, wholeResponse } from './whole.ts'

/** What a request must share with the first one under its key. */
export interface Keyed {
  /** The key, within its scope: no payer is given another payer's answer. */
  name: string
  /** A hash of method, URL and body: another one under the same key is a mistake of the client. */
  fingerprint: string
  /** What paid for it, as it was sent; the same bytes need not be verified again. */
  payment: string
}

/** Longest body that is kept, in bytes; a longer answer is charged once but cannot be repeated. */
export const maxKeptBytes = 262_144
/** Answers kept at once, in bytes and in number; the oldest go first. */
const maxTotalBytes = 16_777_216
const maxEntries = 10_000
/** What an entry takes beside its answer, in bytes: its name, two hashes and the objects around them. */
const entryBytes = 1_500

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

interface Remembered extends Entry {
  bytes: number
  /** While the first answer is being given, others wait for it: it is not dropped. */
  underWay: boolean
}

export class Answers {
  readonly #entries = new Map<string, Remembered>()
  #bytes = 0

  /** How much is kept. */
  get size(): { entries: number; bytes: number } {
    return { entries: this.#entries.size, bytes: this.#bytes }
  }

  /** The first request under a key, if there was one. */
  find(keyed: Keyed): Entry | undefined {
    return this.#entries.get(keyed.name)
  }

  /**
   * Answers the first request under a key and remembers how. A refusal is not remembered, nor is a body that ended as
   * `isKept` does not like.
   */
  async remember(
    keyed: Keyed,
    respond: () => Promise<Response>,
    isKept: (end: BodyEnd) => boolean = () => true,
  ): Promise<Response> {
    const { name, fingerprint, payment } = keyed
    let conclude: (answer: Kept | 'refused' | 'not-kept') => void = () => undefined
    const outcome = new Promise<Kept | 'refused' | 'not-kept'>((resolve) => {
      conclude = resolve
    })
    const answer = async () => {
      const kept = await outcome
      if (typeof kept === 'string') return kept
      return kept.body.length === 0 ? new Response(null, kept) : wholeResponse(kept.body, kept)
    }
    const entry = { fingerprint, payment, answer, bytes: entryBytes, underWay: true }
    this.#drop(name)
    this.#entries.set(name, entry)
    this.#bytes += entryBytes
    const done = (outcome: Kept | 'refused' | 'not-kept') => {
      entry.underWay = false
      conclude(outcome)
      if (this.#entries.get(name) !== entry) return
      if (outcome === 'refused') return this.#drop(name)
      if (outcome !== 'not-kept') {
        entry.bytes += outcome.body.length
        this.#bytes += outcome.body.length
      }
      this.#makeRoom()
    }
    let response: Response
    try {
      response = await respond()
    } catch (error) {
      done('refused')
      throw error
    }
    if (!response.ok) {
      done('refused')
      return response
    }
    const { status } = response
    const headers = [...response.headers]
    return recorded(response, (end, body) =>
      done(
        end === 'broken' || body.length > maxKeptBytes || !isKept(end)
          ? 'not-kept'
          : { status, headers, body },
      ),
    )
  }

  #drop(name: string): void {
    this.#bytes -= this.#entries.get(name)?.bytes ?? 0
    this.#entries.delete(name)
  }

  #makeRoom(): void {
    for (const [name, { underWay }] of this.#entries) {
      if (this.#bytes <= maxTotalBytes && this.#entries.size <= maxEntries) return
      if (!underWay) this.#drop(name)
    }
  }
}

/** How a body ended: read to its end, given up by the client, or broken by its author. */
export type BodyEnd = 'complete' | 'cut' | 'broken'

/** The same response; its body is handed over once it has gone out, in whole or as far as the client read it. */
function recorded(response: Response, done: (end: BodyEnd, body: Uint8Array<ArrayBuffer>) => void): Response {
  const whole = bytesOf(response)
  if (whole !== undefined) {
    done('complete', whole)
    return response
  }
  const source = response.body?.getReader()
  if (source === undefined) {
    done('complete', new Uint8Array())
    return response
  }
  const chunks: Uint8Array[] = []
  let size = 0
  const finish = (end: BodyEnd) => done(end, joined(chunks))
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done: ended } = await source.read().catch((error: unknown) => {
          finish('broken')
          throw error
        })
        if (ended) {
          finish('complete')
          controller.close()
          return
        }
        size += value.length
        if (size <= maxKeptBytes + value.length) chunks.push(value)
        controller.enqueue(value)
      },
      async cancel(reason) {
        // Its author hears of it first: who waits for this answer finds everything else in order.
        await source.cancel(reason).catch(() => undefined)
        finish('cut')
      },
    },
    { highWaterMark: 0 },
  )
  const { status, headers } = response
  return new Response(body, { status, headers })
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(chunks.reduce((total, { length }) => total + length, 0))
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}
