/**
 * What a server answers where no content is asked for: a body such as `{"status":"ok"}` is no unit (spec/readings.md
 * D8). It is told from content by what is known of both, never by its price: content that costs nothing is content.
 */
import type { Exchange } from '../../../harness/http.ts'

interface Said {
  answer: Exchange
  body: string
}

export class Acknowledgements {
  readonly #texts = new Set<string>()
  readonly #types = new Set<string>()
  /** Whether opens that ask for content are answered so. */
  open = false

  /** Remembers an answer, unless it is like the content. Answers whether it is remembered. */
  add(said: Said, content: Said): boolean {
    if (said.body === '' || said.body === content.body) return false
    this.#texts.add(said.body)
    const type = typeOf(said)
    if (type !== undefined && type !== typeOf(content)) this.#types.add(type)
    return true
  }

  /** Whether an answer is one of them. */
  has(said: Said): boolean {
    return this.#texts.has(said.body) || this.#types.has(typeOf(said) ?? '')
  }
}

const typeOf = ({ answer }: Said): string | undefined =>
  answer.field('content-type')?.split(';')[0]?.trim().toLowerCase()
