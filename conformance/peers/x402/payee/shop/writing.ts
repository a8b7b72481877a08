/** Ways to write the stream of a chat: lawful ones that few readers are tried with, and ends that are none. */
import type { ServerResponse } from 'node:http'

/** Writes a body and ends it. */
export type Writing = (response: ServerResponse) => Promise<void> | void

/** What the shop says; letters of two, three and four bytes, so that a byte may fall anywhere. */
export const words: readonly string[] = ['Grüße', ' an', ' alle', ': 42', ' €', ' und', ' 💶', ' genug']
export const text = words.join('')

const chunk = (delta: object, finish_reason: string | null = null) =>
  JSON.stringify({
    id: 'chatcmpl-shop',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'kit',
    choices: [{ index: 0, delta, finish_reason }],
  })

/** The data of the events of a whole stream. */
const events = [
  chunk({ role: 'assistant', content: '' }),
  ...words.map((content) => chunk({ content })),
  chunk({}, 'stop'),
  '[DONE]',
]

/** Events as they are usually framed. */
const framed = (data: readonly string[], end = '\n', before = 'data: '): string =>
  data.map((each) => `${before}${each}${end}${end}`).join('')

const atOnce =
  (body: string): Writing =>
  (response) =>
    void response.end(body)

export const lawful = atOnce(framed(events))

/** Writes a body so many bytes at a time, each in a packet of its own as far as that can be had. */
const inPieces =
  (body: string, size: number): Writing =>
  async (response) => {
    response.socket?.setNoDelay(true)
    const bytes = Buffer.from(body)
    for (let at = 0; at < bytes.length && !response.destroyed; at += size) {
      await new Promise((resolve) => response.write(bytes.subarray(at, at + size), resolve))
      await new Promise((resolve) => setImmediate(resolve))
    }
    response.end()
  }

/** A JSON text over two lines of data: a line break between two members is white space. */
const twoLines = (data: string): string => data.replace('"object"', '\n"object"').split('\n').join('\ndata: ')

/** Lawful streams, by the name of the check that reads them. */
export const lawfulWritings = {
  split: inPieces(framed(events), 1),
  crlf: atOnce(framed(events, '\r\n')),
  cr: atOnce(framed(events, '\r')),
  // Whoever does not know the mark loses the event behind it.
  bom: atOnce(`\ufeff${framed(events.slice(1))}`),
  'no-space': atOnce(framed(events, '\n', 'data:')),
  'two-lines': atOnce(framed(events.map(twoLines))),
  comments: atOnce(
    `: hello\n\n${events.map((data) => `: ping\nid: 1\nretry: 10\ndata: ${data}\n\n`).join('')}`,
  ),
  packed: inPieces(framed(events), 100),
} satisfies Record<string, Writing>

const some = events.slice(0, 4)

/** Streams that are not complete, or not lawful, by the name of the check that looks at their end. */
export const brokenWritings = {
  'no-done': atOnce(framed(some)),
  cut: (response) => {
    response.write(framed(some), () => setImmediate(() => response.destroy()))
  },
  'no-json': atOnce(framed([...some, '{"choices":[{"index":0,', ...events.slice(4)])),
  'error-event': atOnce(framed([...some, '{"error":{"message":"the model broke","type":"server_error"}}'])),
} satisfies Record<string, Writing>
