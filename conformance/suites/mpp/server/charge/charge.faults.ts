/** Servers that take one-off payments wrongly: too little, from the wrong one, twice, or for nothing. */
import type { Rpc } from '../../../../../src/chain/rpc.ts'
import * as Transaction from '../../../../../src/chain/transaction.ts'
import { type Hex, zeroAddress } from '../../../../../src/codec/hex.ts'
import { memoryCharges } from '../../../../../src/mpp/server/store/charges.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import * as Credential from '../../../../../src/mpp/wire/credential.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import * as Proof from '../../../../../src/mpp/wire/proof.ts'
import * as Source from '../../../../../src/mpp/wire/source.ts'
import * as TempoCharge from '../../../../../src/mpp/wire/tempo-charge.ts'
import {
  alterChallenge,
  alterProblem,
  alterReceipt,
  credentialOf,
  instead,
  inventedReceipt,
  onResponse,
  payloadOf,
  type Wrap,
  withHeaders,
  withoutReceipt,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

const no = () => refuse('verification-failed', 'no')
const at = (path: string) => (request: Request) => new URL(request.url).pathname === path
const without = (transfers: readonly TempoCharge.Transfer[], change: object) =>
  transfers.map((transfer) => ({ ...transfer, ...change }))
/** Rules that compare transfers as if a member of them did not matter. */
const blindTo = (change: Partial<TempoCharge.Transfer>) => {
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

/** A chain on which every transaction that is not known has succeeded. */
const credulous = (chain: Rpc): Rpc => ({
  async request({ method, params }) {
    const answer = await chain.request({ method, params })
    if (method !== 'eth_getTransactionReceipt' || answer !== null) return answer
    const [hash] = params as [string]
    return {
      transactionHash: hash,
      blockNumber: '0x1',
      status: '0x1',
      logs: [],
      gasUsed: '0x0',
      effectiveGasPrice: '0x0',
    }
  },
})

/** Puts the signer's own name in the source of each proof, whatever it says: nobody looks at it then. */
const ignoringSource: Wrap = (handler) => async (request) => {
  const { challenge, payload } = credentialOf(request) ?? {}
  if (payload?.['type'] !== 'proof' || challenge === undefined) return handler(request)
  const chainId = 42_431
  const signer = Proof.recover(String(challenge['id']), chainId, String(payload['signature']))
  if (signer === undefined) return handler(request)
  const credential = {
    challenge: challenge as unknown as Challenge.Challenge,
    payload,
    source: Source.encode({ chainId, address: signer }),
  }
  return handler(new Request(request.url, { headers: { authorization: Credential.encode(credential) } }))
}

/** A server that remembers the hashes it was paid with as they were written. */
function hashByItsSpelling() {
  let capitals = false
  return fault({
    name: 'hash-by-its-spelling',
    breaks: 'CHG-004',
    caughtBy: ['push.respelled', 'audit.charged-is-delivered'],
    like: ['tempoxyz/mpp-rs#285'],
    http: (handler) => async (request) => {
      capitals = /[A-F]/.test(String(payloadOf(request)['hash']))
      return handler(request)
    },
    store: (store) => ({
      ...store,
      charges: {
        ...store.charges,
        update: (use, change) => store.charges.update(use, (before) => change(capitals ? undefined : before)),
      },
    }),
  })
}

export const chargeFaults = [
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
    name: 'refuses-hashes',
    breaks: 'CORE-STAT-005',
    caughtBy: ['push.accepted'],
    rules: { transferred: { pushOffered: ({ pushed }) => (pushed ? no() : undefined) } },
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
  hashByItsSpelling(),
  fault({
    name: 'hash-of-anybody',
    breaks: 'CHG-006',
    caughtBy: ['push.others-payment'],
    like: ['tempoxyz/pympp#144', 'wevm/mppx#904'],
    rules: blindTo({ memo: undefined }),
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
  fault({
    name: 'hash-for-any-challenge',
    breaks: 'CHG-004',
    caughtBy: ['push.other-challenge', 'push.others-payment', 'audit.charged-is-delivered'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    rules: { ...blindTo({ memo: undefined }), transactionUse: { unusedTransaction: ok } },
  }),
  fault({
    name: 'believes-any-hash',
    breaks: 'CHG-006',
    caughtBy: ['push.unmined', 'push.underpaid', 'push.others-payment', 'audit.charged-is-delivered'],
    chain: credulous,
    rules: { transferred: { paidWhatWasAsked: ok } },
  }),
  fault({
    name: 'charges-forgotten-by-a-restart',
    breaks: 'CHG-007',
    caughtBy: ['charge-restart.still-used', 'audit.charged-is-delivered'],
    store: (store) => ({ ...store, charges: memoryCharges() }),
    rules: { handedOver: { notSentBefore: ok } },
  }),
  fault({
    name: 'late-charge',
    breaks: 'CHG-005',
    caughtBy: ['fleeting.expired'],
    rules: { chargeChallenge: { notExpired: ok } },
  }),
  fault({
    name: 'expired-charge-mislabelled',
    breaks: 'CHG-005',
    caughtBy: ['fleeting.label'],
    http: alterProblem((_, type) => type.endsWith('payment-expired'), 'invalid-challenge'),
  }),
]

export const proofFaults = [
  fault({
    name: 'charge-refused-with-500',
    breaks: 'CORE-PROB-010',
    caughtBy: ['charge.no-5xx', 'charge-restart.no-5xx', 'push.no-5xx', 'fleeting.no-5xx', 'proof.no-5xx'],
    http: onResponse(
      (request, { status }) => status === 402 && payloadOf(request)['type'] !== undefined,
      () => new Response(null, { status: 500 }),
    ),
  }),
  fault({
    name: 'refuses-proofs',
    breaks: 'CORE-STAT-005',
    caughtBy: ['proof.accepted'],
    rules: { proof: { signedBySource: no } },
  }),
  fault({
    name: 'proof-refers-to-nothing',
    breaks: 'TCHG-PROOF-006',
    caughtBy: ['proof.reference'],
    http: alterReceipt(
      (request) => payloadOf(request)['type'] === 'proof',
      (receipt) => {
        receipt['reference'] = 'none'
      },
    ),
  }),
  fault({
    name: 'proofs-count-twice',
    breaks: 'CHG-007',
    caughtBy: ['proof.single-use'],
    rules: { challengeUse: { unusedChallenge: ok } },
  }),
  fault({
    name: 'proof-without-source',
    breaks: 'TCHG-PROOF-005',
    caughtBy: ['proof.no-source', 'proof.other-source', 'proof.other-chain', 'proof.other-challenge'],
    http: ignoringSource,
  }),
  fault({
    name: 'proof-of-any-chain',
    breaks: 'TCHG-PROOF-005',
    caughtBy: ['proof.other-chain'],
    rules: { proof: { sourceOnChain: ok } },
  }),
  fault({
    name: 'proof-by-anybody',
    breaks: 'TCHG-PROOF-005',
    caughtBy: ['proof.other-source', 'proof.other-challenge'],
    rules: { proof: { signedBySource: ok } },
  }),
]
