/**
 * How the body of an answer ends: read to its end, given up by the client, or broken by its author. The body is pulled:
 * nothing is made before the connection can take it, so a client that leaves stops the work.
 */
import type { BodyEnd } from '../../http/answers.ts'

/** An answer whose first part is there. */
export interface Begun {
  response: Response
  /** How the body ended. Never rejects. */
  ended: Promise<BodyEnd>
}

/** Waits for the first part of a body. Throws what the body breaks with before it: then nothing was delivered. */
export async function begin(response: Response): Promise<Begun> {
  const { body, status, statusText, headers } = response
  if (body === null) return { response, ended: Promise.resolve('complete') }
  const parts = body.getReader()
  const first = await parts.read()
  let end: (how: BodyEnd) => void = () => undefined
  const ended = new Promise<BodyEnd>((resolve) => {
    end = resolve
  })
  let next: ReadableStreamReadResult<Uint8Array> | undefined = first
  const rest = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = next ?? (await parts.read())
          next = undefined
          if (!done) return controller.enqueue(value)
          end('complete')
          controller.close()
        } catch (error) {
          end('broken')
          controller.error(error)
        }
      },
      async cancel(reason) {
        end('cut')
        await parts.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  return { response: new Response(rest, { status, statusText, headers }), ended }
}
