/** Controls that choose otherwise than the reference where the texts leave a choice: other states, labels, times, prices. */

import { setTimeout as sleep } from 'node:timers/promises'
import { DecodeError } from '../../../../../src/codec/decode-error.ts'
import { devAccounts } from '../../../../../src/keys/accounts.ts'
import * as Signature from '../../../../../src/keys/signature.ts'
import { alterCredential, alterFields } from '../../../../peers/mpp/payee/credentials.ts'
import {
  alterPayload,
  alterProblem,
  alterReceipt,
  credentialOf,
  onResponse,
  paying,
  type Wrap,
  withHeaders,
  withStatus,
} from '../../../../peers/mpp/payee/wire.ts'
import type { ServerControl } from '../control.ts'

/** The challenge put out of the server's reach: the credential is answered as one it cannot verify. */
const stranger = alterCredential(({ challenge }) => {
  challenge['id'] = 'A'.repeat(43)
})

/** Each challenge is accepted once; a second use is refused as an unknown challenge. */
const onceEach: Wrap = (handler) => {
  const used = new Set<unknown>()
  const refusing = stranger(handler)
  return async (request) => {
    const id = credentialOf(request)?.challenge['id']
    if (id === undefined || !used.has(id)) {
      const response = await handler(request)
      if (id !== undefined && response.ok) used.add(id)
      return response
    }
    return refusing(request)
  }
}

/** A second open of a channel is refused, whoever sends it. */
const opensOnce: Wrap = (handler) => {
  const opened = new Set<unknown>()
  const refusing = stranger(handler)
  return async (request) => {
    if (!paying('open')(request)) return handler(request)
    const { channelId } = credentialOf(request)?.payload ?? {}
    if (opened.has(channelId)) return refusing(request)
    const response = await handler(request)
    if (response.ok) opened.add(channelId)
    return response
  }
}

/** An open or voucher by POST is a request for content, as it is by GET. */
const postIsContent: Wrap = (handler) => (request) => {
  if (request.method !== 'POST' || hasBody(request) || !paying('open', 'voucher')(request))
    return handler(request)
  const { url, headers, signal } = request
  return handler(new Request(url, { headers, signal }))
}

const hasBody = ({ headers }: Request) => Number(headers.get('content-length') ?? 0) > 0

/** Routes as frameworks make them of a handler for GET: HEAD comes with it. */
const getOnly: Wrap = (handler) => async (request) =>
  ['GET', 'HEAD', 'TRACE'].includes(request.method) || new URL(request.url).pathname === '/mcp'
    ? handler(request)
    : new Response('not allowed\n', { status: 405, headers: { allow: 'GET, HEAD' } })

/** Everything takes up to so many milliseconds, each time another. */
function jitter(mostMs: number): Wrap {
  let seed = 1
  const pause = () => {
    seed = (seed * 16_807) % 2_147_483_647
    return new Promise((resolve) => setTimeout(resolve, seed % mostMs))
  }
  return (handler) => async (request) => {
    await pause()
    const response = await handler(request)
    await pause()
    return response
  }
}

/** Whether it is for what gives its clients two seconds only: who takes as long to answer cannot be paid in time. */
const isHurried = async (request: Request): Promise<boolean> =>
  ['/brief', '/fleeting'].includes(new URL(request.url).pathname) ||
  (request.url.endsWith('/mcp') && (await request.clone().text()).includes('couplet'))

/** Whether a signature recovers some signer: only then can it be the wrong one. */
function isCanonical(request: Request): boolean {
  try {
    const { s } = Signature.decode(String(credentialOf(request)?.payload['signature']))
    return s <= Signature.halfOrder
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return false
  }
}

const typeOf = (name: string) => `https://paymentauth.org/problems/${name}`
const anyway = () => true

export const choices: readonly ServerControl[] = [
  // Its answer to a repeat is lost with the challenge, so it honours no keys.
  {
    name: 'each-challenge-is-answered-once',
    free: 'A6',
    http: onceEach,
    warns: /^idempotency\.(remembered|post)$/,
  },
  { name: 'a-repeated-open-is-refused', free: 'A9', http: opensOnce },
  {
    name: 'receipts-in-mid-stream',
    free: 'D1: the last receipt counts',
    options: { receiptsMidStream: true },
  },
  { name: 'a-replayed-charge-is-answered-403', free: 'R11', options: { replayedChargeStatus: 403 } },
  {
    name: 'an-open-brings-no-content',
    free: 'SESS names no content for an open; SDKs send none',
    options: { opensWithoutContent: true },
  },
  { name: 'a-post-buys-content', free: 'D8', http: postIsContent },
  {
    name: 'get-and-head-alone',
    free: 'SESS-GEN-001 is a SHOULD',
    http: getOnly,
    warns: /^accounting\.methods$/,
  },
  { name: 'answers-take-their-time', free: 'nothing says how fast', http: jitter(60) },
  { name: 'answers-take-long', free: 'nothing says how fast', http: jitter(400) },
  {
    name: 'a-dead-channel-is-answered-402',
    free: 'B2',
    http: onResponse(
      (_, { status }) => status === 410,
      async (response) => {
        const text = await response.text()
        const body = text === '' ? null : JSON.stringify({ ...JSON.parse(text), status: 402 })
        return new Response(body, { status: 402, headers: response.headers })
      },
    ),
  },
  {
    name: 'a-bad-signature-is-a-mismatch-of-signers',
    free: 'B6',
    http: alterProblem(
      (request, type) => type === typeOf('session/invalid-signature') && isCanonical(request),
      'session/signer-mismatch',
    ),
  },
  {
    name: 'a-mismatch-of-signers-is-a-bad-signature',
    free: 'B6',
    http: alterProblem((_, type) => type === typeOf('session/signer-mismatch'), 'session/invalid-signature'),
  },
  {
    name: 'an-expired-challenge-is-invalid',
    free: 'R3',
    http: alterProblem((_, type) => type === typeOf('payment-expired'), 'invalid-challenge'),
    warns: /label$/,
  },
  {
    name: 'every-refusal-is-a-failed-verification',
    free: 'B7',
    http: alterProblem(
      (_, type) => type.includes('/session/') && !/channel-(not-found|finalized)$/.test(type),
      'verification-failed',
    ),
    warns: /label$/,
  },
  {
    name: 'keys-of-requests-mean-nothing',
    free: 'SESS-IDEM is a promise, made or not',
    http: alterFields((headers) => headers.delete('idempotency-key')),
    warns: /^idempotency\.(remembered|post)$/,
  },
  {
    name: 'every-answer-takes-two-seconds',
    free: 'no text says how fast a server is',
    http: (handler) => async (request) => {
      await sleep((await isHurried(request)) ? 200 : 2_000)
      return handler(request)
    },
  },
  {
    name: 'cache-rules-in-other-words',
    free: 'RFC 9111, 5.2',
    http: onResponse(anyway, (response) =>
      withHeaders(response, (headers) => {
        const rule = headers.get('cache-control')
        if (rule !== null) headers.set('cache-control', `max-age=0, ${rule.toUpperCase()} , must-revalidate`)
      }),
    ),
  },
  {
    name: 'types-with-parameters',
    free: 'RFC 9110, 8.3',
    http: onResponse(anyway, (response) =>
      withHeaders(response, (headers) => {
        const type = headers.get('content-type')
        if (type !== null)
          headers.set('content-type', `${type.replace(/\b[a-z]/g, (c) => c.toUpperCase())};charset=UTF-8`)
      }),
    ),
  },
  {
    name: 'receipts-with-more-in-them',
    free: 'CORE, receipts may hold more',
    http: alterReceipt(anyway, (receipt) => {
      receipt['note'] = { of: ['many', 'members'] }
    }),
  },
  {
    name: 'challenges-with-all-they-may-have',
    free: 'CORE, challenge parameters',
    offer: { description: 'Words, "one by one"', opaque: { route: 'a|b', n: '1' } },
  },
  {
    name: 'a-challenge-is-good-for-half-a-minute',
    free: 'CORE-CHAL, expires',
    options: { challengeTtlSeconds: 30 },
  },
  {
    name: 'a-realm-of-punctuation',
    free: 'RFC 9110, 5.6.4',
    options: { realm: 'a "realm", with=all; of\\it' },
  },
  {
    name: 'a-unit-of-the-smallest-price',
    free: 'prices',
    offer: { amount: '0.000001', suggestedDeposit: '0.00004' },
  },
  { name: 'a-unit-of-a-high-price', free: 'prices', offer: { amount: '12.345678', suggestedDeposit: '500' } },
  {
    name: 'no-suggestion-of-a-deposit',
    free: 'SESS, suggestedDeposit is optional',
    offer: { suggestedDeposit: undefined as never },
  },
  { name: 'a-least-increase-everywhere', free: 'SESS, minVoucherDelta', offer: { minVoucherDelta: '0.001' } },
  {
    name: 'settles-all-the-time',
    free: 'SESS, server-initiated operations',
    options: { settleThreshold: 2_000n },
  },
  {
    name: 'settles-by-the-clock',
    free: 'SESS, server-initiated operations',
    options: { settleIntervalMs: 50 },
  },
  { name: 'no-channel-is-told-again', free: 'SESS, bootstrap is optional', offer: { resumable: false } },
  { name: 'a-least-deposit', free: 'F9', options: { minDeposit: 30_000n } },
  { name: 'another-account-is-paid', free: 'whoever is paid', options: { account: devAccounts[5] as never } },
  { name: 'few-vouchers-a-second', free: 'B13', options: { vouchersPerSecond: 5 } },
  {
    name: 'too-many-vouchers-are-answered-402',
    free: 'B13',
    http: onResponse(
      (_, { status }) => status === 429,
      (response) => withStatus(response, 402),
    ),
  },
  {
    name: 'v-is-0-or-1',
    free: 'A20',
    http: alterPayload(
      (request) => /0[01]$/.test(String(credentialOf(request)?.payload['signature'] ?? '')),
      (payload) => {
        const text = String(payload['signature'])
        if (text.length === 132)
          payload['signature'] = `${text.slice(0, -2)}${text.endsWith('0') ? '1b' : '1c'}`
      },
    ),
  },
]
