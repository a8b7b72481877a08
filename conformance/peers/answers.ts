/** Changes what a server says on the wire, and nothing it does: what the faults and controls of every profile are made of. */
import type { Handler } from '../../src/http/handler.ts'

/** A wrapper of handlers. */
export type Wrap = (handler: Handler) => Handler

/** Changes responses that a condition picks. */
export const onResponse =
  (
    picks: (request: Request, response: Response) => boolean,
    change: (response: Response) => Response | Promise<Response>,
  ): Wrap =>
  (handler) =>
  async (request) => {
    const response = await handler(request)
    return picks(request, response) ? change(response) : response
  }

/** The same response with another status. */
export const withStatus = ({ body, headers }: Response, status: number): Response =>
  new Response(body, { status, headers })

/** The same response with other headers. */
export function withHeaders(response: Response, change: (headers: Headers) => void): Response {
  const headers = new Headers(response.headers)
  change(headers)
  const { status, statusText, body } = response
  return new Response(body, { status, statusText, headers })
}

/** Whether a response is an event stream. */
export const isStream = ({ headers }: Response): boolean =>
  /^text\/event-stream/i.test(headers.get('content-type') ?? '')
