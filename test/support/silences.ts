/** Servers that fall silent: the reference with one thing that it never does. */
import { isStream } from '../../conformance/peers/answers.ts'
import { at, credentialOf, onResponse, unpaid, type Wrap } from '../../conformance/peers/mpp/payee/wire.ts'

/** What never comes. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined)

/** Requests that a condition picks are never answered. */
const unanswered =
  (picks: (request: Request) => boolean): Wrap =>
  (handler) =>
  async (request) =>
    picks(request) ? never() : handler(request)

/** Answers that a condition picks never leave. */
const kept = (picks: (request: Request, response: Response) => boolean): Wrap =>
  onResponse(picks, () => never())

const acting =
  (...actions: string[]) =>
  (request: Request): boolean =>
    actions.includes(String(credentialOf(request)?.payload['action']))

const byMethod =
  (...methods: string[]) =>
  ({ method }: Request): boolean =>
    methods.includes(method)

const both =
  (...conditions: ((request: Request) => boolean)[]) =>
  (request: Request): boolean =>
    conditions.every((condition) => condition(request))

/** Bodies of picked answers stop before the first text that a condition picks, and stay open. */
const stopping = (
  picks: (request: Request, response: Response) => boolean,
  before: (text: string | undefined) => boolean,
): Wrap =>
  onResponse(picks, (response) => {
    const source = response.body?.getReader()
    if (source === undefined) return response
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { value, done } = await source.read()
          if (before(done ? undefined : new TextDecoder().decode(value))) return never()
          if (done) controller.close()
          else controller.enqueue(value)
        },
        cancel: (reason) => source.cancel(reason),
      },
      { highWaterMark: 0 },
    )
    return new Response(body, response)
  })

const streams = (_: Request, response: Response) => isStream(response)

/** Answers so many requests that a condition picks, and no more. */
const after =
  (count: number, picks: (request: Request) => boolean): Wrap =>
  (handler) => {
    let left = count
    return unanswered((request) => picks(request) && left-- <= 0)(handler)
  }

/** From the first request that a condition picks on, nothing is answered. */
const dies =
  (picks: (request: Request) => boolean): Wrap =>
  (handler) => {
    let dead = false
    return async (request) => {
      if (dead) return never()
      const response = await handler(request)
      dead ||= picks(request)
      return response
    }
  }

/** What each never does. */
export const silences: Readonly<Record<string, Wrap>> = {
  'voucher POSTs': unanswered(both(acting('voucher'), byMethod('POST'))),
  'voucher GETs': unanswered(both(acting('voucher'), byMethod('GET'))),
  opens: unanswered(acting('open')),
  'top-ups': unanswered(acting('topUp')),
  closes: unanswered(acting('close')),
  HEAD: unanswered(byMethod('HEAD')),
  'unpaid HEAD': unanswered(both(unpaid, byMethod('HEAD'))),
  POST: unanswered(byMethod('POST')),
  'unpaid requests, after a hundred': after(100, unpaid),
  'refusals of credentials': kept((request, { status }) => !unpaid(request) && status >= 400),
  'bodies of refusals': stopping(
    (_, { status }) => status >= 400,
    () => true,
  ),
  'first events': stopping(streams, () => true),
  'pauses and ends of streams': stopping(
    streams,
    (text) => text === undefined || text.includes('need-voucher'),
  ),
  'ends of streams': stopping(streams, (text) => text === undefined),
  'receipts and ends of streams': stopping(
    streams,
    (text) => text === undefined || text.includes('payment-receipt'),
  ),
  'anything after the first open': dies(acting('open')),
  'anything after thirty requests': after(30, () => true),
  'anything after a thousand requests': after(1_000, () => true),
  'one-off payments': unanswered(both(at('/charge'), (request) => !unpaid(request))),
  'MCP calls': unanswered(at('/mcp')),
  'the document': unanswered(at('/openapi.json')),
  'keyed requests': unanswered(({ headers }) => headers.has('idempotency-key')),
  'every resource but the main one': unanswered(({ url }) => new URL(url).pathname !== '/poem'),
  'other than event streams': unanswered(({ headers }) => headers.get('accept') !== 'text/event-stream'),
}
