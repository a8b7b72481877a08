/** Faults that the reading scenario catches: readers as they are often written. */
import * as Sse from '../../../../src/codec/sse.ts'
import { fault } from './fault.ts'
import type { Reader } from './reference.ts'

/** The token in the data of an event. */
function tokenIn(data: string): string {
  const chunk = JSON.parse(data) as { choices?: { delta?: { content?: string } }[] }
  return chunk.choices?.[0]?.delta?.content ?? ''
}

type Chunks = AsyncIterable<Uint8Array>

/** Looks at each chunk by itself, as popular loops do; what does not parse is skipped. */
const chunkwise: Reader = async (response, print) => {
  const utf8 = new TextDecoder()
  for await (const chunk of response.body as unknown as Chunks)
    for (const line of utf8.decode(chunk, { stream: true }).split('\n'))
      if (line.startsWith('data: ') && !line.includes('[DONE]')) printed(line.slice(6), print)
}

/** Takes lines by a pattern of its own from the whole text. */
const linewise =
  (pattern: RegExp, utf8 = new TextDecoder()): Reader =>
  async (response, print) => {
    for (const [, data = ''] of utf8.decode(await response.arrayBuffer()).matchAll(pattern))
      if (data.trim() !== '[DONE]') printed(data, print)
  }

/** Prints what parses. */
function printed(data: string, print: (text: string) => void): void {
  try {
    print(tokenIn(data))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
}

/** Decodes each chunk by itself: letters that are cut are lost. */
const cutting: Reader = async (response, print) => {
  let text = ''
  for await (const chunk of response.body as unknown as Chunks) text += new TextDecoder().decode(chunk)
  const events = Sse.reader()
  for (const { data } of events.push(new TextEncoder().encode(text)))
    if (data !== '[DONE]') printed(data, print)
}

export const readingFaults = [
  fault({
    name: 'reads-chunk-by-chunk',
    breaks: 'X-CLI-013',
    caughtBy: ['reading.split', 'reading.cr', 'reading.no-space', 'reading.two-lines', 'reading.packed'],
    reads: chunkwise,
  }),
  fault({
    name: 'wants-a-space-and-lf',
    breaks: 'X-CLI-013',
    caughtBy: ['reading.crlf', 'reading.cr', 'reading.no-space', 'reading.two-lines'],
    reads: linewise(/^data: (.*[}\]])\n/gm),
  }),
  fault({
    name: 'wants-data-to-come-first',
    breaks: 'X-CLI-013',
    caughtBy: ['reading.comments', 'reading.cr', 'reading.two-lines'],
    reads: linewise(/(?:^|\n\n|\r\n\r\n)data: ?([^\r\n]*)/g),
  }),
  fault({
    name: 'does-not-know-the-mark-of-utf-8',
    breaks: 'X-CLI-013',
    caughtBy: ['reading.bom', 'reading.two-lines'],
    reads: linewise(/^data: ?([^\r\n]*)/gm, new TextDecoder('utf-8', { ignoreBOM: true })),
  }),
  fault({
    name: 'cuts-letters',
    breaks: 'X-CLI-013',
    caughtBy: ['reading.split'],
    reads: cutting,
  }),
]
