/**
 * fetch that pays: a 402 is answered with one payment, within what the policy allows. One call signs once, however
 * often the connection breaks or the server fails; a payment goes to the origin that asked for it and to no other.
 * Source: x402 specification v1 and v2, "Core Payment Flow"; HTTP transports.
 */
import { DecodeError } from '../../codec/decode-error.ts'
import * as Uint from '../../codec/uint.ts'
import { fetchInTime } from '../../http/careful-fetch.ts'
import { beginningOf, defaultLimits, drop, retryAfterMs, sleep } from '../../http/limits.ts'
import { follow, type Hop, maxRedirects } from '../../http/redirect.ts'
import type { Account } from '../../keys/account.ts'
import { paymentField, requiredField, settlementField } from '../wire/fields.ts'
import * as Payment from '../wire/payment.ts'
import * as Required from '../wire/required.ts'
import type { Requirements } from '../wire/requirements.ts'
import type { Settlement } from '../wire/settlement.ts'
import { type Call, takeDown } from './call.ts'
import { type Asset, choose, type Policy, PolicyError, type PolicyRules } from './policy.ts'
import { checkReceipt, type ReceiptRules } from './receipt.ts'
import { sign } from './sign.ts'
import { type Signed, unspent } from './unspent.ts'

/** What is paid for a call, to whom and in what. `amount` in base units. */
interface Paid {
  url: string
  amount: bigint
  payTo: string
  asset: string
  network: string
}

/** What happens to the money of a call. A payment of an earlier call that failed may settle for this one: it was signed then. */
export type PaymentEvent = ({ type: 'signed' } & Paid) | ({ type: 'settled'; settlement: Settlement } & Paid)

/** What a paying fetch may spend, and on what. */
export interface PayingFetchOptions {
  account: Account
  /** Most that one call may cost in tokens, "0.10". */
  maxAmount: string
  /** Tokens that are paid in, and nothing else. */
  assets: readonly Asset[]
  /** Decimal places of those tokens; default 6. */
  decimals?: number
  /** Addresses that may be paid; default any. */
  payees?: Policy['payees']
  /** Most that may be signed for in all, in tokens; default no bound. */
  budget?: string
  /** Longest time a signature is good for, whatever the server asks, in seconds; default 600. */
  maxValiditySeconds?: number
  /** How often a paid call is sent again after a broken connection or a 5xx; default 2. */
  retries?: number
  /** Shortest wait before that, doubled each time, in milliseconds; default 250. */
  retryDelayMs?: number
  /** Longest wait for an answer to begin, in milliseconds; default 120,000. */
  answerTimeoutMs?: number
  /** Whether content must come with a receipt; default true. One that is there is always checked. */
  requireReceipt?: boolean
  fetch?: typeof globalThis.fetch
  /** Wall clock in milliseconds; default `Date.now`. */
  clock?: () => number
  random?: (bytes: number) => Uint8Array
  onPayment?: (event: PaymentEvent) => void
  rules?: PolicyRules
  receiptRules?: ReceiptRules
}

/**
 * Builds a fetch that pays: a 402 is answered with one signed payment, within the options. Throws `DecodeError` when
 * `maxAmount` or `budget` is not a decimal amount. Its calls reject with `PolicyError` when the payment is declined
 * (nothing is signed) or would follow a redirect to another origin, with `ReceiptError` when content came without a
 * valid receipt, with `TimeoutError`, or as `fetch` does. A 402 that it does not understand is returned unchanged.
 */
export function payingFetch(options: PayingFetchOptions): typeof globalThis.fetch {
  const { account, decimals = 6, retries = 2, retryDelayMs = 250, answerTimeoutMs = 120_000 } = options
  const {
    fetch = globalThis.fetch,
    clock = Date.now,
    requireReceipt = true,
    onPayment = () => undefined,
  } = options
  const { random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes)) } = options
  const policy: Policy = {
    maxAmount: Uint.fromDecimal(options.maxAmount, decimals),
    assets: options.assets,
    maxValiditySeconds: options.maxValiditySeconds ?? 600,
    ...(options.payees === undefined ? {} : { payees: options.payees }),
    ...(options.budget === undefined ? {} : { budget: Uint.fromDecimal(options.budget, decimals) }),
  }
  const left = unspent()
  const seconds = () => Math.floor(clock() / 1000)
  let signed = 0n

  function once({ signal, init }: Call, url: string, own: RequestInit): Promise<Response> {
    const { body: _, ...rest } = init
    return fetchInTime(fetch, url, { ...rest, ...own, signal }, answerTimeoutMs)
  }

  /** A call as it was made. */
  const asMade = (call: Call): Promise<Response> => {
    const { method, headers, body, redirect } = call
    return once(call, call.url, { method, headers, redirect, ...(body === undefined ? {} : { body }) })
  }

  /** Pays what a 402 asks. Once signed, the amount counts as spent, whatever the server says later. */
  async function pay(call: Call, required: Required.Required): Promise<Signed> {
    const { rules } = options
    const chosen = choose(required.accepts, { policy, signed, ...(rules === undefined ? {} : { rules }) })
    signed += chosen.amount
    const own = await sign(required, chosen, { account, policy, now: seconds(), random }).catch((error) => {
      signed -= chosen.amount
      throw error
    })
    onPayment({ type: 'signed', ...paid(call, chosen) })
    return own
  }

  /** Sends a paid call. Redirects within the origin are followed with the payment; others throw `PolicyError`. */
  async function sendPaid(call: Call, { payment }: Signed): Promise<Response> {
    const headers = new Headers(call.headers)
    headers.set(paymentField[payment.version], Payment.encode(payment))
    const send = ({ url, method, headers: own, body }: Hop<Blob>) =>
      once(call, url, {
        method,
        headers: own,
        redirect: 'manual',
        ...(body === undefined ? {} : { body }),
      })
    const { response } = await follow({ ...call, headers }, send, call.redirect, (from, to, hops) => {
      if (to === undefined)
        throw new PolicyError(
          'redirected',
          `${from} redirects a paid call, and the browser does not say where`,
        )
      const elsewhere = new URL(to).origin !== new URL(call.url).origin
      if (elsewhere || hops >= maxRedirects || call.redirect === 'error')
        throw new PolicyError('redirected', `${from} redirects a paid call to ${to}`)
    })
    return response
  }

  /** Sends a paid call until it has an answer, always with the same payment. */
  async function insist(call: Call, own: Signed): Promise<Response> {
    let answered = false
    try {
      for (let attempt = 0; ; attempt++) {
        const waitMs = retryDelayMs * 2 ** attempt
        const response = await sendPaid(call, own).catch((error: unknown) => {
          if (attempt >= retries || call.signal?.aborted || error instanceof PolicyError) throw error
          return undefined
        })
        if (response !== undefined && (response.status < 500 || attempt >= retries)) {
          answered = response.ok || response.status === 402
          return accept(call, response, own)
        }
        const asked = response === undefined ? undefined : retryAfterMs(response, clock())
        if (response !== undefined) await drop(response)
        await sleep(Math.max(waitMs, Math.min(asked ?? 0, defaultLimits.patienceMs)), call.signal)
      }
    } finally {
      // The payment may not have been used: when the same call is made again, it is sent with this payment.
      if (!answered) left.keep(call.fingerprint, own)
    }
  }

  function accept(call: Call, response: Response, own: Signed): Response {
    if (!response.ok) return response
    if (!requireReceipt && !response.headers.has(settlementField[own.payment.version])) return response
    const settlement = checkReceipt(response, own, account.address, options.receiptRules)
    onPayment({ type: 'settled', settlement, ...paid(call, own.requirements) })
    return response
  }

  return async (input, init) => {
    const call = await takeDown(input, init, defaultLimits.maxRequestBytes)
    if (Object.values(paymentField).some((name) => call.headers.has(name))) return asMade(call)
    const before = left.take(call.fingerprint, seconds())
    if (before !== undefined) return insist(call, before)
    const response = await asMade(call)
    if (response.status !== 402) return response
    const [required, answer] = await requiredOf(response)
    if (required === undefined) return answer
    if (response.url !== '' && new URL(response.url).origin !== new URL(call.url).origin)
      throw new PolicyError(
        'foreign-origin',
        `${call.url} was redirected to ${response.url}, which asks for money`,
      )
    return insist(call, await pay(call, required))
  }
}

const paid = ({ url }: Call, { amount, payTo, asset, network }: Requirements): Paid => ({
  url,
  amount,
  payTo,
  asset,
  network,
})

/**
 * What a 402 asks, by the header of v2 or the body of v1, and the answer with its body to be read. A 402 that asks for
 * nothing this client understands is the caller's.
 */
async function requiredOf(response: Response): Promise<[Required.Required | undefined, Response]> {
  const field = response.headers.get(requiredField)
  if (field !== null) {
    const required = understood(() => Required.decode(field))
    if (required !== undefined) {
      await drop(response)
      return [required, response]
    }
  }
  const limits = { ...defaultLimits, maxProblemBytes: Required.maxBodyChars }
  const text = await beginningOf(response, limits)
  const { status, statusText, headers } = response
  return [understood(() => Required.decodeBody(text)), new Response(text, { status, statusText, headers })]
}

function understood(decode: () => Required.Required): Required.Required | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
