/** Rewrites what a server says: pieces that faults and controls are made of. */

import * as Json from '../../../../src/codec/json.ts'
import * as Sse from '../../../../src/codec/sse.ts'
import * as Utf8 from '../../../../src/codec/utf8.ts'
import * as EncodedObject from '../../../../src/x402/wire/encoded-object.ts'
import { paymentField, requiredField, settlementField, versions } from '../../../../src/x402/wire/fields.ts'
import { isStream, onResponse, type Wrap, withHeaders } from '../../answers.ts'

/** Whether a request carries a payment. */
export const isPaid = ({ headers }: Request): boolean =>
  versions.some((version) => headers.has(paymentField[version]))

/** Rewrites what a 402 asks, in both versions. */
export const rewriting402 = (rewrite: (said: Json.JsonObject) => void): Wrap =>
  onResponse(
    (_, { status }) => status === 402,
    async (response) => {
      const headers = new Headers(response.headers)
      const field = headers.get(requiredField)
      if (field !== null) headers.set(requiredField, rewritten(EncodedObject.decode(field), rewrite))
      const body = Json.decode(await response.text())
      if (Json.isObject(body) && body['x402Version'] !== undefined) rewrite(body)
      return new Response(JSON.stringify(body), { status: 402, headers })
    },
  )

/** Rewrites the receipts of answers. */
export const rewritingReceipts = (rewrite: (said: Json.JsonObject) => void): Wrap =>
  onResponse(
    () => true,
    (response) =>
      withHeaders(response, (headers) => {
        for (const version of versions) {
          const field = headers.get(settlementField[version])
          if (field !== null)
            headers.set(settlementField[version], rewritten(EncodedObject.decode(field), rewrite))
        }
      }),
  )

/** Drops the receipts of answers that are picked. */
export const withoutReceipts = (pick: (response: Response) => boolean): Wrap =>
  onResponse(
    (_, response) => pick(response),
    (response) =>
      withHeaders(response, (headers) => {
        for (const version of versions) headers.delete(settlementField[version])
      }),
  )

function rewritten(said: Json.JsonObject, rewrite: (said: Json.JsonObject) => void): string {
  rewrite(said)
  return EncodedObject.encode(said)
}

/** Picks event streams. */
export const streaming = (_: Request, response: Response): boolean => isStream(response)

/** Rewrites the events of every stream, as they come. */
export const rewritingEvents = (rewrite: (event: Sse.SseEvent, i: number) => readonly Sse.SseEvent[]): Wrap =>
  onResponse(streaming, (response) => {
    const events = Sse.reader()
    let count = 0
    const rewritten = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        for (const event of events.push(chunk))
          for (const one of rewrite(event, count++)) controller.enqueue(Utf8.encode(Sse.encode(one)))
      },
    })
    return new Response(response.body?.pipeThrough(rewritten) ?? null, response)
  })

/** Sends every body once it is whole. */
export const buffering: Wrap = onResponse(
  () => true,
  async (response) => new Response(await response.text(), response),
)
