/** A payee that keeps no rules: it answers what a test tells it to, and writes down what it was given. */
import type { SessionOptions } from '../../src/mpp/client/options.ts'
import { session } from '../../src/mpp/client/session.ts'
import * as Challenge from '../../src/mpp/wire/challenge.ts'
import * as Credential from '../../src/mpp/wire/credential.ts'
import * as Events from '../../src/mpp/wire/events.ts'
import * as Payload from '../../src/mpp/wire/payload.ts'
import * as Problem from '../../src/mpp/wire/problem.ts'
import * as Receipt from '../../src/mpp/wire/receipt.ts'
import * as SessionRequest from '../../src/mpp/wire/session-request.ts'
import { newChain, payer } from './kit.ts'
import { address, terms } from './samples.ts'

/** A request as the payee sees it. */
export interface Seen {
  url: string
  method: string
  headers: Headers
  body: string
  payload: Payload.Payload | undefined
  challenge: Challenge.Challenge | undefined
}

export interface FakePayee {
  fetch: typeof globalThis.fetch
  /** Every request, in order. */
  seen: Seen[]
  /** The highest total it was given. */
  signed(): bigint
  /** A receipt for the channel, `spent` as it likes. */
  receipt(spent: bigint): Receipt.Receipt
  /** Text of an event that asks for a total. */
  ask(requiredCumulative: bigint, acceptedCumulative?: bigint): string
}

export const price = terms.amount

/** The challenge of such a payee. */
export const challengeFor = (
  change: Partial<SessionRequest.SessionRequest> = {},
  details: Partial<SessionRequest.MethodDetails> = {},
  more: Partial<Challenge.Challenge> = {},
): Challenge.Challenge => ({
  id: 'x',
  realm: 'r',
  method: 'tempo',
  intent: 'session',
  request: SessionRequest.encode({
    ...terms,
    recipient: address('22'),
    ...change,
    methodDetails: { ...terms.methodDetails, ...details },
  }),
  ...more,
})

/** A 402 with challenges, and a problem. */
export const payable = (
  challenges: Challenge.Challenge | readonly Challenge.Challenge[] = challengeFor(),
  problem: Problem.ProblemSlug = 'payment-required',
): Response =>
  new Response(Problem.encode(Problem.from(Problem.refuse(problem, `told: ${problem}`))), {
    status: 402,
    headers: {
      'www-authenticate': [challenges]
        .flat()
        .map((challenge) => Challenge.encode(challenge))
        .join(', '),
      'content-type': 'application/problem+json',
    },
  })

/**
 * Builds a payee. `answer` is asked for every request; where it answers undefined, a request without a credential is
 * told the price, and a credential gets a receipt that says all was spent.
 */
export function fakePayee(
  answer: (seen: Seen) => Response | undefined | Promise<Response | undefined>,
): FakePayee {
  const seen: Seen[] = []
  const amounts = () =>
    seen.map(({ payload }) =>
      payload !== undefined && 'cumulativeAmount' in payload ? payload.cumulativeAmount : 0n,
    )
  const signed = () => amounts().reduce((highest, one) => (one > highest ? one : highest), 0n)
  const channelId = () =>
    seen.findLast(({ payload }) => payload !== undefined)?.payload?.channelId ??
    (`0x${'00'.repeat(32)}` as const)
  const receipt = (spent: bigint) =>
    Receipt.from({
      timestamp: '2026-01-01T00:00:00Z',
      challengeId: 'x',
      channelId: channelId(),
      acceptedCumulative: signed(),
      spent,
    })
  return {
    seen,
    signed,
    receipt,
    ask: (requiredCumulative, acceptedCumulative = signed()) =>
      Events.encodeNeedVoucher({
        acceptedCumulative,
        channelId: channelId(),
        deposit: 10n ** 9n,
        requiredCumulative,
      }),
    fetch: async (input, init) => {
      const headers = new Headers(init?.headers)
      const fields = [headers.get('authorization'), headers.get('payment-authorization')]
      const field = fields.find((value) => value?.startsWith('Payment '))
      const found = field == null ? undefined : Credential.decode(field)
      const request: Seen = {
        url: String(input),
        method: init?.method ?? 'GET',
        headers,
        body: init?.body == null ? '' : await new Response(init.body).text(),
        payload: found === undefined ? undefined : Payload.fromJson(found.payload),
        challenge: found?.challenge,
      }
      seen.push(request)
      const told = await answer(request)
      if (told !== undefined) return told
      return found === undefined ? payable() : paidFor(receipt(signed()))
    },
  }
}

/** An answer with a receipt. */
export const paidFor = (receipt: Receipt.Receipt, body: BodyInit | null = 'content'): Response =>
  new Response(body, { headers: { 'payment-receipt': Receipt.encode(receipt) } })

/** An event stream of the frames a generator makes, one by one as they are read. */
export function eventStream(frames: () => AsyncIterable<string> | Iterable<string>): Response {
  const source = toAsync(frames())
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await source.next()
        if (done) controller.close()
        else controller.enqueue(new TextEncoder().encode(value))
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

async function* toAsync<T>(source: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, void> {
  yield* source
}

/** A session that pays a fake payee, on a chain of its own unless one is given. */
export const against = (payee: FakePayee, more: Partial<SessionOptions> = {}) =>
  session({ account: payer, chain: newChain(), maxDeposit: '1', fetch: payee.fetch, ...more })
