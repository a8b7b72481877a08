/** Faults that the scenario of an honest shop catches. */

import type { JsonObject } from '../../../../src/codec/json.ts'
import { usdc } from '../../../../src/contracts/transfer-authorization.ts'
import * as EncodedObject from '../../../../src/x402/wire/encoded-object.ts'
import { paymentField } from '../../../../src/x402/wire/fields.ts'
import { chainId } from '../../../peers/x402/peers.ts'
import { type ClientFault, fault } from './fault.ts'

/** Changes requests that carry a payment. */
const onPaid =
  (
    change: (url: string, init: RequestInit, headers: Headers) => [string, RequestInit],
  ): NonNullable<ClientFault['fetch']> =>
  (fetch) =>
  (input, init = {}) => {
    const headers = new Headers(init.headers)
    if (!Object.values(paymentField).some((name) => headers.has(name))) return fetch(input, init)
    const [url, other] = change(String(input), init, headers)
    return fetch(url, other)
  }

export const paysFaults = [
  fault({
    name: 'never-pays',
    breaks: 'X-CLI-001',
    caughtBy: ['pays.done', 'pays.once', 'pays.text', 'pays.agreed-token', 'pays.selects'],
    options: { maxAmount: '0.001' },
  }),
  fault({
    name: 'pays-twice',
    breaks: 'X-CLI-002',
    caughtBy: ['pays.once', 'audit.paid-once'],
    paying: (pay) => async (input, init) => {
      await (await pay()(input, init)).body?.cancel()
      return pay()(input, init)
    },
  }),
  fault({
    name: 'pays-another-amount',
    breaks: 'X-CLI-003',
    caughtBy: ['pays.exact', 'pays.echo', 'pays.done', 'pays.text', 'pays.selects'],
    fetch: (fetch) => async (input, init) => {
      const response = await fetch(input, init)
      if (response.status !== 402) return response
      return rewritten402(response, halve)
    },
  }),
  fault({
    name: 'repeats-other-terms',
    breaks: 'X-CLI-004',
    // A shop that compares refuses it.
    caughtBy: ['pays.echo', 'pays.done', 'pays.text', 'pays.selects'],
    fetch: onPaid((url, init, headers) => {
      const field = headers.get(paymentField[2])
      if (field !== null) {
        const said = EncodedObject.decode(field)
        ;(said['accepted'] as JsonObject)['payTo'] = `0x${'11'.repeat(20)}`
        headers.set(paymentField[2], EncodedObject.encode(said))
      }
      return [url, { ...init, headers }]
    }),
  }),
  fault({
    name: 'pays-in-the-usual-token-alone',
    breaks: 'X-CLI-018',
    caughtBy: ['pays.agreed-token'],
    options: { assets: [{ chainId, address: usdc.address }] },
  }),
  fault({
    name: 'signs-with-one-nonce',
    breaks: 'X-CLI-020',
    // The chain takes the nonce once: the second errand gets nothing.
    caughtBy: ['pays.fresh-nonce', 'pays.done', 'pays.text', 'pays.selects'],
    options: { random: (bytes) => new Uint8Array(bytes).fill(7) },
  }),
  fault({
    name: 'looks-at-the-first-way-to-pay-alone',
    breaks: 'X-CLI-022',
    caughtBy: ['pays.selects'],
    fetch: (fetch) => async (input, init) => {
      const response = await fetch(input, init)
      return response.status === 402 ? rewritten402(response, firstAlone) : response
    },
  }),
  fault({
    name: 'loses-its-headers',
    breaks: 'X-CLI-005',
    caughtBy: ['pays.same-request'],
    fetch: onPaid((url, init, headers) => {
      headers.delete('content-type')
      const { body } = init
      return [url, { ...init, headers, body: body instanceof Blob ? new Blob([body]) : (body ?? null) }]
    }),
  }),
  fault({
    name: 'swallows-a-token',
    breaks: 'X-CLI-006',
    caughtBy: ['pays.text'],
    reads: async (response, print) => {
      print((await response.text()).slice(0, 20))
    },
  }),
]

/** Asks for half. */
function halve(said: JsonObject): void {
  for (const entry of said['accepts'] as JsonObject[])
    for (const name of ['amount', 'maxAmountRequired']) if (name in entry) entry[name] = '5000'
}

/** Forgets all ways to pay but the first. */
function firstAlone(said: JsonObject): void {
  said['accepts'] = (said['accepts'] as JsonObject[]).slice(0, 1)
}

/** A 402 as a client hears it that reads something else. */
async function rewritten402(response: Response, rewrite: (said: JsonObject) => void): Promise<Response> {
  const headers = new Headers(response.headers)
  const field = headers.get('payment-required')
  if (field !== null) {
    const said = EncodedObject.decode(field)
    rewrite(said)
    headers.set('payment-required', EncodedObject.encode(said))
    return new Response('{}', { status: 402, headers })
  }
  const body = JSON.parse(await response.text()) as JsonObject
  rewrite(body)
  return new Response(JSON.stringify(body), { status: 402, headers })
}
