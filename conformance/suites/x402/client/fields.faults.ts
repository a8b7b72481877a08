/** Faults that the scenario of other letters catches: clients that read fields as the texts write them and no other way. */
import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { answerTo, fieldsOf } from '../../../../src/http/node-answer.ts'
import { requiredField, settlementField } from '../../../../src/x402/wire/fields.ts'
import { fault } from './fault.ts'

/** Sends by Node, which keeps the letters of an answer, and overlooks a field whose name is not written like this. */
const insistingOn =
  (names: readonly string[]): typeof globalThis.fetch =>
  async (input, init = {}) => {
    const { method, url, headers, body, signal } = new Request(input, init)
    const content = body === null ? undefined : new Uint8Array(await new Response(body).arrayBuffer())
    const outgoing = httpRequest(url, { method, headers: Object.fromEntries(headers) })
    const answered = answerTo(outgoing, signal)
    outgoing.end(content)
    const incoming = await answered
    const written = incoming.rawHeaders.filter((_, i) => i % 2 === 0)
    const read = fieldsOf(incoming)
    for (const name of names) if (!written.includes(name)) read.delete(name)
    const whole = Readable.toWeb(incoming) as ReadableStream<Uint8Array>
    return new Response(whole, { status: incoming.statusCode ?? 0, headers: read })
  }

export const fieldsFaults = [
  fault({
    name: 'reads-what-is-asked-in-capitals-alone',
    breaks: 'X-CLI-023',
    caughtBy: ['fields.any-case'],
    fetch: () => insistingOn([requiredField]),
  }),
  fault({
    name: 'reads-receipts-in-capitals-alone',
    breaks: 'X-CLI-023',
    caughtBy: ['fields.any-case'],
    fetch: () => insistingOn(Object.values(settlementField)),
  }),
]
