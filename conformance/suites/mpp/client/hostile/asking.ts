/** Streams that ask for a voucher and go on to ask, or say nothing at length before they ask for the next. */
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import { isStream } from '../../../../peers/answers.ts'
import type { Wrap } from '../../../../peers/mpp/payee/wire.ts'

/** How often a question comes, and how many comments. */
const times = 2_000
const question = 'event: payment-need-voucher\n'

/** After the first question other text is sent, again and again; the stream ends with it. */
const goingOn =
  (begin: () => (asked: string) => string): Wrap =>
  (handler) =>
  async (request) => {
    const response = await handler(request)
    if (!isStream(response) || response.body === null) return response
    const source = response.body.getReader()
    let asked: string | undefined
    let left = times
    const next = begin()
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          if (asked !== undefined) {
            if (left-- === 0) {
              await source.cancel()
              return controller.close()
            }
            return controller.enqueue(Utf8.encode(next(asked)))
          }
          const { value, done } = await source.read()
          if (done || value === undefined) return controller.close()
          const text = Utf8.decode(value)
          if (text.startsWith(question)) asked = text
          controller.enqueue(value)
        },
        cancel: (reason) => source.cancel(reason),
      },
      { highWaterMark: 0 },
    )
    const { status, headers } = response
    return new Response(body, { status, headers })
  }

/** Asks for one unit more each time, as if the last had been paid for and delivered. */
const rising = (before: string) => () => {
  let units = 0n
  return (asked: string): string => {
    const data = JSON.parse(asked.slice(asked.indexOf('{'))) as Record<string, string>
    const [accepted, required] = [data['acceptedCumulative'], data['requiredCumulative']].map((amount) =>
      BigInt(amount as string),
    ) as [bigint, bigint]
    units += required - accepted
    const more = {
      ...data,
      acceptedCumulative: String(accepted + units),
      requiredCumulative: String(required + units),
    }
    return `${before}${question}data: ${JSON.stringify(more)}\n\n`
  }
}

export const asking = {
  'floods.same-question': goingOn(() => (asked) => asked),
  'floods.comments': goingOn(rising(': still here\n\n'.repeat(100))),
} as const satisfies Readonly<Record<string, Wrap>>
