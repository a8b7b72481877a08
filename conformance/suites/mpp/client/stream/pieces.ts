/**
 * Streams in pieces: byte by byte at first, so that no line, name or letter comes whole; behind a byte order mark; with
 * receipts between their units; in letters of several bytes. All of that is lawful.
 */
import { setImmediate as turn } from 'node:timers/promises'
import * as Base64url from '../../../../../src/codec/base64url.ts'
import type { JsonObject } from '../../../../../src/codec/json.ts'
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, broken, holds } from '../../../../kit/verdict.ts'
import { isStream } from '../../../../peers/answers.ts'
import { throughBody } from '../../../../peers/mpp/payee/body.ts'
import type { Deliver } from '../../../../peers/mpp/payee/delivery.ts'
import { unitText } from '../../../../peers/mpp/payee/shop/witness.ts'
import { alterStream, onResponse, type Wrap, withHeaders } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { pays, shortcoming } from '../verbs.ts'

/** Every chunk as several. */
const split = (pieces: (chunk: Uint8Array, at: number) => readonly Uint8Array[]): Wrap =>
  throughBody((source) => {
    const left: Uint8Array[] = []
    let at = 0
    return {
      async pull(controller) {
        const next = left.shift()
        if (next !== undefined) {
          // What is written at once arrives at once.
          await turn()
          return controller.enqueue(next)
        }
        const { value, done } = await source.read()
        if (done || value === undefined) return controller.close()
        const [first, ...more] = pieces(value, at++)
        left.push(...more)
        controller.enqueue(first ?? value)
      },
      cancel: (reason) => source.cancel(reason),
    }
  })

/** Each byte takes a turn of a loop that others keep busy: the inside of a long line comes whole, lines and names do not. */
const [firstBytes, lastBytes] = [64, 32]
const singly = (chunk: Uint8Array): Uint8Array[] => {
  const bytes = (part: Uint8Array) => Array.from(part, (byte) => Uint8Array.of(byte))
  if (chunk.length <= firstBytes + lastBytes) return bytes(chunk)
  const inside = chunk.subarray(firstBytes, -lastBytes)
  return [...bytes(chunk.subarray(0, firstBytes)), inside, ...bytes(chunk.subarray(-lastBytes))]
}
/** The first unit, the question after it and what that brings; the rest comes whole. */
const bytes = split((chunk, at) => (at < 3 ? singly(chunk) : [chunk]))
/** The mark stands before the data of the first unit, which is lost where it is taken for a letter. */
const mark = split((chunk, at) =>
  at === 0 ? [Utf8.encode(`\uFEFF${Utf8.decode(chunk).replace('event: message\n', '')}`)] : [chunk],
)
const crlf = alterStream((frame) => frame.replaceAll('\n', '\r\n'))
const cr = alterStream((frame) => frame.replaceAll('\n', '\r'))

/** Before each question a receipt says what was spent so far. */
const receipts: Wrap = (handler) => async (request) => {
  const response = await handler(request)
  const field = response.headers.get('payment-receipt')
  if (field === null) return response
  const first = JSON.parse(Utf8.decode(Base64url.decode(field))) as JsonObject
  const between = alterStream((frame) => {
    const accepted = /"acceptedCumulative":"(\d+)"/.exec(frame)?.[1]
    if (!frame.startsWith('event: payment-need-voucher\n') || accepted === undefined) return frame
    const receipt = { ...first, acceptedCumulative: accepted, spent: accepted }
    return `event: payment-receipt\ndata: ${JSON.stringify(receipt)}\n\n${frame}`
  })
  return between(async () => response)(request)
}

/** A media type in other letters, with a parameter: still an event stream. */
const typed: Wrap = onResponse(
  (_, response) => isStream(response),
  (response) =>
    withHeaders(response, (headers) => headers.set('content-type', 'Text/Event-Stream; charset="UTF-8"')),
)

/** A unit whose letters take two, three and four bytes, in two lines. */
const letters = (at: number): string => `${unitText(at)}: größer als 大\n— voilà 🎉 ${at}`
const inLetters: Deliver = async function* (units, stream) {
  let at = 0
  for await (const _ of units) {
    await stream.charge()
    yield letters(++at)
  }
}

const pieces = {
  'pieces.bytes': bytes,
  'pieces.bytes-crlf': (handler) => bytes(crlf(handler)),
  'pieces.bytes-cr': (handler) => bytes(cr(handler)),
  'pieces.mark': mark,
  'pieces.receipts': receipts,
  'pieces.type': typed,
} as const satisfies Readonly<Record<string, Wrap>>

export const inPieces = scenario({
  id: 'mpp/client/pieces',
  title: 'A stream is read wherever its bytes are split, behind a mark, and past receipts',
  checks: {
    'pieces.bytes': 'SESS-SSE-019',
    'pieces.bytes-crlf': 'SESS-SSE-019',
    'pieces.bytes-cr': 'SESS-SSE-019',
    'pieces.mark': 'SESS-SSE-019',
    'pieces.receipts': 'SESS-SSE-018',
    'pieces.type': 'SESS-SSE-019',
    'pieces.text': ['SESS-SSE-018', 'SESS-SSE-019'],
  },
  faults: async () => (await import('./pieces.faults.ts')).faults,
  async run(t, { open }: Fixtures) {
    const judged = Object.entries(pieces).map(async ([check, http]) =>
      pays(t, check as keyof typeof pieces, await open({ units: 4, payee: { http } })),
    )
    await Promise.all(judged)
    await t.check('pieces.text', async () => {
      const units = 4
      const shop = await open({ units, payee: { deliver: inLetters, http: bytes } })
      const { ran } = await shop.visit()
      const short = await shortcoming(shop)
      if (short !== undefined) return broken('every unit, paid for exactly', short)
      const sent = Array.from({ length: units }, (_, at) => letters(at + 1)).join('\n')
      const got = ran.stdout.replaceAll('\r\n', '\n').trimEnd()
      if (!got.split('\n').some((line) => line.startsWith(unitText(2))))
        return absent('the client prints no unit on a line of its own')
      return got.includes(sent)
        ? holds
        : broken('the text of each unit, whole', JSON.stringify(got.slice(0, 200)))
    })
  },
})
