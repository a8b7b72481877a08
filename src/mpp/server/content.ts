/** Whole answers of an author, and whether they are what was paid for. */

import { atOnce } from '../../http/at-once.ts'
import { wholeResponse, withHeaders } from '../../http/whole.ts'
import type { Payment } from './payment.ts'

/** Produces the response to one paid request; written by the author of the resource. */
export type Respond = (request: Request, payment: Payment) => Response | Promise<Response>

/** Content, or an answer that says there is none. */
export interface Content {
  found: boolean
  answer: Response
}

/** What may happen to content that is asked for. */
interface Happens {
  /** There is none. */
  missing(): Promise<void>
  /** Its body broke after its first part. */
  broken(error: unknown): void
}

/**
 * Asks an author for content. There is none when the author throws, answers 4xx or 5xx, or begins a body that breaks
 * before its first byte; then `missing` is called before this resolves or throws.
 */
export async function contentOf(
  respond: () => Response | Promise<Response>,
  { missing, broken }: Happens,
): Promise<Content> {
  let answer: Response | undefined
  let found = false
  try {
    answer = await begun(await respond(), broken)
    found = answer.status < 400
  } finally {
    if (!found) await missing()
  }
  return { found, answer: found ? answer : unpaid(answer) }
}

/** Content with its receipt (CORE-RCPT-007). */
export function withReceipt(response: Response, receipt: Record<string, string>) {
  const all = new Headers(response.headers)
  for (const [name, value] of Object.entries(receipt)) all.set(name, value)
  return withHeaders(response, all)
}

/** An error without a receipt (CORE-RCPT-005), even if the author wrote one, and not to be stored by shared caches. */
function unpaid(response: Response): Response {
  const all = new Headers(response.headers)
  all.delete('payment-receipt')
  if (!/\bno-store\b/i.test(all.get('cache-control') ?? '')) all.set('cache-control', 'private')
  return withHeaders(response, all)
}

/**
 * The same answer once the first part of its body is there, and all of it where that is the whole. Throws what the body
 * breaks with before its first part.
 */
async function begun(answer: Response, broken: Happens['broken']): Promise<Response> {
  const { body, status, statusText, headers } = answer
  if (body === null) return answer
  const init = { status, statusText, headers }
  const parts = body.getReader()
  const first = await parts.read()
  if (first.done) return wholeResponse(new Uint8Array(), init)
  const second = parts.read()
  if ((await atOnce(second))?.done) return wholeResponse(new Uint8Array(first.value), init)
  const ahead = [Promise.resolve(first), second]
  const rest = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await (ahead.shift() ?? parts.read()).catch((error: unknown) => {
          broken(error)
          throw error
        })
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => parts.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return new Response(rest, init)
}
