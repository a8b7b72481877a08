/** Faults that the replay scenario catches. */
import type { Handler } from '../../../../src/http/handler.ts'
import { paymentField, type Version, versions } from '../../../../src/x402/wire/fields.ts'
import { means } from '../../../../src/x402/wire/reasons.ts'
import { onResponse, withStatus } from '../../../peers/answers.ts'
import { believes, believesSettlements, forgetful } from '../../../peers/x402/payee/believing.ts'
import { heldBack } from '../../../peers/x402/payee/held-back.ts'
import { isPaid } from '../../../peers/x402/payee/wire.ts'
import { fault } from './fault.ts'

/** The payment fields of a request, as they were sent. */
const textOf = (headers: Headers): string =>
  versions.map((version) => headers.get(paymentField[version])).join(' ')

/** Refuses paid requests that were seen before, by what names them. */
const refusingAgain = (handler: Handler, naming: (request: Request) => Promise<string>): Handler => {
  const seen = new Set<string>()
  return async (request) => {
    if (!isPaid(request)) return handler(request)
    const name = await naming(request)
    if (!seen.has(name)) {
      seen.add(name)
      return handler(request)
    }
    for (const version of versions) request.headers.delete(paymentField[version])
    return handler(request)
  }
}

export const replayFaults = [
  fault({
    name: 'sells-for-used-payments',
    breaks: 'X-ONCE-001',
    caughtBy: [
      'replay.other-request',
      'replay.same-request',
      'replay.respelled',
      'replay.no-work',
      'replay.concurrent-once',
      'replay.concurrent-work',
      'replay.concurrent-others',
    ],
    options: { claims: forgetful },
    facilitator: believes('state'),
  }),
  fault({
    name: 'sells-to-all-who-race',
    breaks: 'X-ONCE-001',
    caughtBy: ['replay.concurrent-once', 'replay.concurrent-work', 'replay.concurrent-others'],
    options: { claims: forgetful },
    facilitator: believesSettlements(({ errorReason }) => means(errorReason ?? undefined, 'state')),
  }),
  fault({
    name: 'works-for-all-who-race',
    breaks: 'X-ONCE-003',
    caughtBy: ['replay.concurrent-work'],
    made: 'rule',
    options: { claims: forgetful },
    ...heldBack(),
  }),
  fault({
    name: 'asks-the-model-before-it-verifies',
    breaks: 'X-ONCE-003',
    caughtBy: ['replay.no-work', 'replay.concurrent-work'],
    works: isPaid,
  }),
  fault({
    name: 'remembers-payments-by-their-text',
    breaks: 'X-ONCE-001',
    caughtBy: ['replay.respelled'],
    made: 'rule',
    options: { claims: forgetful },
    facilitator: believes('state'),
    http: (handler) => refusingAgain(handler, async ({ headers }) => textOf(headers)),
  }),
  fault({
    name: 'remembers-requests-and-not-payments',
    breaks: 'X-ONCE-001',
    caughtBy: ['replay.concurrent-others'],
    made: 'rule',
    options: { claims: forgetful },
    facilitator: believesSettlements(({ errorReason }) => means(errorReason ?? undefined, 'state')),
    http: (handler) =>
      refusingAgain(handler, async (request) => `${textOf(request.headers)} ${await request.clone().text()}`),
  }),
  fault({
    name: 'takes-both-payments-of-a-request',
    breaks: 'X-ONCE-004',
    caughtBy: ['replay.two-payments'],
    made: 'rule',
    http: (handler) => async (request) => {
      if (versions.some((version) => !request.headers.has(paymentField[version]))) return handler(request)
      const body = await request.text()
      const payingBy = (version: Version) => {
        const headers = new Headers(request.headers)
        for (const each of versions) if (each !== version) headers.delete(paymentField[each])
        return handler(new Request(request.url, { method: request.method, headers, body }))
      }
      await (await payingBy(1)).text()
      return payingBy(2)
    },
  }),
  fault({
    name: 'gives-content-with-its-refusals',
    breaks: 'X-ONCE-001',
    caughtBy: ['replay.other-request', 'replay.respelled'],
    http: onResponse(
      (request, { status }) => status === 402 && isPaid(request),
      () => {
        const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: 'All the same.' } }] })
        return new Response(`data: ${chunk}\n\n`, {
          status: 402,
          headers: { 'content-type': 'text/event-stream' },
        })
      },
    ),
  }),
  fault({
    name: 'answers-replays-with-403',
    breaks: 'X-ONCE-002',
    caughtBy: ['replay.402'],
    http: onResponse(
      (request, { status }) => status === 402 && isPaid(request),
      (response) => withStatus(response, 403),
    ),
  }),
]
