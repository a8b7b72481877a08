/** Whole answers of an author, and whether they are what was paid for. */

import type { Payment } from './payment.ts'

/** Produces the response to one paid request; written by the author of the resource. */
export type Respond = (request: Request, payment: Payment) => Response | Promise<Response>

/** Content, or an answer that says there is none. */
export interface Content {
  found: boolean
  answer: Response
}

/**
 * Asks an author for content. There is none when the author throws, answers 4xx or 5xx, or begins a body that breaks
 * before its first byte; then `missing` is called before this resolves or throws.
 */
export async function contentOf(
  respond: () => Response | Promise<Response>,
  missing: () => Promise<void>,
): Promise<Content> {
  let answer: Response | undefined
  let found = false
  try {
    answer = await begun(await respond())
    found = answer.status < 400
  } finally {
    if (!found) await missing()
  }
  return { found, answer: found ? answer : unpaid(answer) }
}

/** Content with its receipt (CORE-RCPT-007). */
export function withReceipt(
  { body, status, statusText, headers }: Response,
  receipt: Record<string, string>,
) {
  const all = new Headers(headers)
  for (const [name, value] of Object.entries(receipt)) all.set(name, value)
  return new Response(body, { status, statusText, headers: all })
}

/** An error without a receipt (CORE-RCPT-005), even if the author wrote one, and not to be stored by shared caches. */
function unpaid({ body, status, statusText, headers }: Response): Response {
  const all = new Headers(headers)
  all.delete('payment-receipt')
  if (!/\bno-store\b/i.test(all.get('cache-control') ?? '')) all.set('cache-control', 'private')
  return new Response(body, { status, statusText, headers: all })
}

/** The same answer once the first part of its body is there. Throws what the body breaks with. */
async function begun(answer: Response): Promise<Response> {
  const { body, status, statusText, headers } = answer
  if (body === null) return answer
  const parts = body.getReader()
  let next: Promise<ReadableStreamReadResult<Uint8Array>> | undefined = Promise.resolve(await parts.read())
  const rest = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await (next ?? parts.read())
        next = undefined
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => parts.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return new Response(rest, { status, statusText, headers })
}
