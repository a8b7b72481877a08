/** Faults that the scenario of incomplete streams catches: readers that take a part for the whole. */
import * as Sse from '../../../../src/codec/sse.ts'
import { fault } from './fault.ts'
import type { Reader } from './reference.ts'

interface Chunk {
  error?: unknown
  choices?: { delta?: { content?: string } }[]
}

/** What a reader lets pass. */
interface Blind {
  done?: boolean
  cut?: boolean
  json?: boolean
  errors?: boolean
  /** The error of the parser is handed on as it is. */
  parsers?: boolean
}

/** Reads a stream, and takes some of what is wrong with it for right. */
const blindTo =
  ({ done, cut, json, errors, parsers }: Blind): Reader =>
  async (response, print) => {
    let complete = false
    try {
      for await (const { data } of Sse.decode(response.body as unknown as AsyncIterable<Uint8Array>)) {
        if (data === '[DONE]') complete = true
        else print(tokenIn(data))
      }
    } catch (error) {
      if (cut !== true || !(error instanceof TypeError)) throw error
      return
    }
    if (!complete && done !== true) throw new Error('incomplete')

    function tokenIn(data: string): string {
      const chunk = parsed(data)
      if (chunk.error !== undefined) {
        if (errors !== true) throw new Error('the server reports an error')
        complete = true
      }
      return chunk.choices?.[0]?.delta?.content ?? ''
    }

    function parsed(data: string): Chunk {
      try {
        return JSON.parse(data) as Chunk
      } catch (error) {
        if (!(error instanceof SyntaxError) || parsers === true) throw error
        if (json === true) return {}
        throw new Error('an event of the stream cannot be read', { cause: error })
      }
    }
  }

export const endingFaults = [
  fault({
    name: 'takes-any-end-for-the-end',
    breaks: 'X-CLI-014',
    caughtBy: ['ending.no-done'],
    reads: blindTo({ done: true }),
  }),
  fault({
    name: 'takes-a-cut-for-the-end',
    breaks: 'X-CLI-014',
    caughtBy: ['ending.cut'],
    reads: blindTo({ cut: true }),
  }),
  fault({
    name: 'skips-what-does-not-parse',
    breaks: 'X-CLI-015',
    caughtBy: ['ending.no-json'],
    reads: blindTo({ json: true }),
  }),
  fault({
    name: 'takes-an-error-for-the-end',
    breaks: 'X-CLI-016',
    caughtBy: ['ending.error-event'],
    reads: blindTo({ errors: true }),
  }),
  fault({
    name: 'hands-on-the-error-of-its-parser',
    breaks: 'X-CLI-019',
    caughtBy: ['ending.own-words'],
    reads: blindTo({ parsers: true }),
  }),
]
