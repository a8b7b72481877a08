/** Servers that are wrong about one-off charges: what was paid, by whom, for what, and how often. */
import * as Transaction from '../../../../../src/chain/transaction.ts'
import { type Hex, zeroAddress } from '../../../../../src/codec/hex.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import * as TempoCharge from '../../../../../src/mpp/wire/tempo-charge.ts'
import {
  alterChallenge,
  at,
  credentialOf,
  instead,
  inventedReceipt,
  onResponse,
  payloadOf,
  withHeaders,
  withoutReceipt,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault, no, ok } from '../fault.ts'

const without = (transfers: readonly TempoCharge.Transfer[], change: object) =>
  transfers.map((transfer) => ({ ...transfer, ...change }))

/** Rules that compare transfers as if a member of them did not matter. */
export const blindTo = (change: Partial<TempoCharge.Transfer>) => {
  const pays = (asked: TempoCharge.Request, made: readonly TempoCharge.Transfer[]) =>
    TempoCharge.covers(without(made, change), without(TempoCharge.transfersOf(asked), change))
      ? undefined
      : no()
  return {
    transfer: {
      paysWhatWasAsked: (input: { asked: TempoCharge.Request; transfers: readonly TempoCharge.Transfer[] }) =>
        pays(input.asked, input.transfers),
    },
    transferred: {
      paidWhatWasAsked: (input: { asked: TempoCharge.Request; transfers: readonly TempoCharge.Transfer[] }) =>
        pays(input.asked, input.transfers),
    },
  }
}

/** Whether a signed transaction is for another chain than the reference's. */
const isForeign = (raw: unknown): boolean =>
  typeof raw === 'string' && raw.startsWith('0x76') && Transaction.decode(raw as Hex).chainId !== 42_431

export const faults = [
  fault({
    name: 'charge-amount-as-number',
    breaks: 'CHG-002',
    caughtBy: ['charge.request'],
    http: alterChallenge((params) => {
      const request = Challenge.request({ request: params.get('request') ?? '' })
      if (params.get('intent') === 'charge')
        params.set('request', Challenge.encodeObject({ ...request, amount: Number(request['amount']) }))
    }),
  }),
  fault({
    name: 'refuses-charges',
    breaks: 'CORE-STAT-005',
    caughtBy: ['charge.pull'],
    rules: { transfer: { paysWhatWasAsked: no } },
  }),
  fault({
    name: 'charge-without-receipt',
    breaks: 'CORE-RCPT-001',
    caughtBy: ['charge.receipt'],
    http: onResponse(at('/charge'), withoutReceipt),
  }),
  fault({
    name: 'charges-too-little',
    breaks: 'CHG-006',
    caughtBy: ['charge.underpaid', 'push.underpaid', 'audit.charged-is-delivered'],
    rules: blindTo({ amount: 0n }),
  }),
  fault({
    name: 'charge-to-anybody',
    breaks: 'CHG-006',
    caughtBy: ['charge.other-recipient', 'audit.charged-is-delivered'],
    rules: blindTo({ to: zeroAddress }),
  }),
  fault({
    name: 'charge-for-what-the-echo-says',
    breaks: 'CHG-006',
    caughtBy: ['charge.cheaper-echo', 'charge.forged-id'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    rules: { chargeChallenge: { issuedHere: ok, samePrice: ok } },
  }),
  fault({
    name: 'charge-of-any-id',
    breaks: 'CHG-005',
    caughtBy: ['charge.forged-id'],
    rules: { chargeChallenge: { issuedHere: ok } },
  }),
  fault({
    name: 'content-with-the-refusal',
    breaks: 'CHG-001',
    caughtBy: ['charge.no-partial'],
    http: onResponse(
      (request, { status }) =>
        at('/charge')(request) && status === 402 && credentialOf(request) !== undefined,
      (response) => withHeaders(response, (headers) => headers.set('payment-receipt', 'e30')),
    ),
  }),
  fault({
    name: 'price-paid-with-a-proof',
    breaks: 'TCHG-PROOF-002',
    caughtBy: ['charge.proof-for-price'],
    rules: { proof: { nothingToPay: ok } },
  }),
  fault({
    name: 'charges-count-twice',
    breaks: 'CHG-004',
    caughtBy: [
      'charge.replay',
      'charge.used-challenge',
      'charge.parallel',
      'charge.under-key',
      'push.replay',
      'push.respelled',
      'audit.charged-is-delivered',
    ],
    like: ['GHSA-8x4m-qw58-3pcx', 'GHSA-fxc9-7j2w-vx54'],
    rules: { challengeUse: { unusedChallenge: ok } },
  }),
  fault({
    name: 'charge-on-any-chain',
    breaks: 'CHG-006',
    caughtBy: ['charge.other-chain', 'audit.charged-is-delivered'],
    http: instead(
      (request) => at('/charge')(request) && isForeign(payloadOf(request)['signature']),
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'charge-answers-by-key',
    breaks: 'CORE-IDEM-005',
    caughtBy: ['charge.under-key'],
    like: ['tempoxyz/mpp-specs#330'],
    http: (handler) => {
      const answers = new Map<string, Response>()
      return async (request) => {
        const key = request.headers.get('idempotency-key')
        if (key === null || !at('/charge')(request)) return handler(request)
        const response = answers.get(key) ?? (await handler(request))
        if (response.ok) answers.set(key, response.clone())
        return response
      }
    },
  }),
]
