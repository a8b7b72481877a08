/** Faults of clients that take terms as they come. */

import type * as Json from '../../../../../src/codec/json.ts'
import { draftAddress } from '../../../../../src/contracts/escrow.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import * as SessionRequest from '../../../../../src/mpp/wire/session-request.ts'
import { fault, ok } from '../fault.ts'
import type { ClientVariant } from '../reference.ts'
import { readingTerms } from './puppets.fault.ts'

const follows = (
  name: string,
  breaks: string,
  caughtBy: readonly string[],
  variant: ClientVariant,
  like: readonly string[] = [],
) =>
  fault({
    name,
    breaks,
    caughtBy: caughtBy.map((check) => (check === 'audit' ? 'audit.within-budget' : `terms.${check}`)),
    variant,
    like,
  })

const fallback = (name: string, wanted: unknown, instead: Json.JsonValue) =>
  readingTerms((_, details) => {
    if (details[name] === wanted) details[name] = instead
  })

const own = { chainId: 42_431 }

export const faults = [
  follows('pays-on-any-chain', 'SESS-REQ-013', ['other-chain'], {
    fetch: fallback('chainId', 1, own.chainId),
  }),
  follows('assumes-its-own-chain', 'SESS-REQ-012', ['default-chain'], {
    fetch: fallback('chainId', undefined, own.chainId),
  }),
  follows('trusts-any-escrow', 'SESS-REQ-013', ['other-reserve', 'other-escrow', 'v2-elsewhere'], {
    rules: { challenge: { escrow: ok } },
  }),
  follows('trusts-any-v1-escrow', 'SESS-REQ-013', ['other-escrow'], {
    rules: {
      challenge: {
        escrow: ({ terms: { methodDetails } }) =>
          methodDetails.sessionProtocol === 'v1' || methodDetails.escrowContract === Reserve.address
            ? undefined
            : { code: 'unknown-escrow', message: 'not the reserve' },
      },
    },
  }),
  follows('trusts-the-address-in-the-draft', 'SESS-REQ-013', ['v2-elsewhere'], {
    fetch: fallback('escrowContract', draftAddress, Reserve.address),
  }),
  follows('takes-a-contract-for-the-reserve', 'SESS-REQ-013', ['other-reserve'], {
    rules: {
      challenge: {
        escrow: ({ terms: { methodDetails } }) =>
          methodDetails.sessionProtocol === 'v2' && methodDetails.escrowContract !== draftAddress
            ? undefined
            : methodDetails.escrowContract === Reserve.address
              ? undefined
              : { code: 'unknown-escrow', message: 'another' },
      },
    },
  }),
  follows('pays-in-any-token', 'CORE-CHAL-035', ['other-token'], {
    fetch: readingTerms((request) => {
      request['currency'] = '0x20c0000000000000000000000000000000000000'
    }),
  }),
  follows('asks-no-price', 'CORE-CHAL-033', ['over-budget', 'audit'], {
    rules: {
      challenge: { budget: ok },
      deposit: { covers: () => true, opening: ({ amount }) => ({ deposit: amount, choice: 'units' }) },
    },
  }),
  follows('signs-in-large-steps', 'SESS-SSE-014', ['huge-delta'], {
    rules: { challenge: { delta: ok }, sign: { withinStep: ok } },
  }),
  follows('follows-a-downgrade', 'SESS-PROTO-003', ['downgrade'], {
    fetch: fallback('sessionProtocol', 'v1', 'v2'),
  }),
  follows('takes-any-protocol-for-its-own', 'SESS-PROTO-003', ['unknown-protocol'], {
    fetch: fallback('sessionProtocol', 'v3', 'v2'),
  }),
  follows('signs-without-a-recipient', 'CORE-CHAL-034', ['no-recipient'], {
    fetch: readingTerms((request) => {
      request['recipient'] ??= '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
    }),
  }),
  follows('reads-a-price-without-its-sign', 'CORE-CHAL-033', ['negative-price'], {
    fetch: readingTerms((request) => {
      request['amount'] = String(request['amount']).replace('-', '')
    }),
  }),
  follows(
    'pays-by-the-last-terms-it-saw',
    'CORE-ACC-008',
    ['malformed'],
    { fetch: (fetch) => async (input, init) => remembered(await fetch(input, init)) },
    ['nevermined-io/payments#418'],
  ),
  follows('answers-unbound-challenges', 'CORE-CHAL-003', ['no-id', 'empty-id'], {
    fetch: (fetch) => async (input, init) => {
      const response = await fetch(input, init)
      const field = response.headers.get('www-authenticate')
      if (field === null || /\bid="[^"]/.test(field)) return response
      const headers = new Headers(response.headers)
      headers.set('www-authenticate', field.replace(/^Payment (id="", )?/, 'Payment id="guess", '))
      return new Response(response.body, { status: response.status, headers })
    },
  }),
  follows('opens-without-being-asked', 'CORE-CRED-007', ['no-challenge'], {
    fetch: (fetch) => async (input, init) => {
      const response = await fetch(input, init)
      if (response.status !== 402 || response.headers.has('www-authenticate')) return response
      const headers = new Headers(response.headers)
      headers.set('www-authenticate', usualChallenge)
      return new Response(response.body, { status: 402, headers })
    },
  }),
]

/** Terms as they usually are. */
const usualRequest = SessionRequest.encode({
  amount: 1_000n,
  currency: '0x20c0000000000000000000000000000000000000',
  recipient: '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
  methodDetails: { escrowContract: Reserve.address, chainId: own.chainId, sessionProtocol: 'v2' },
})
const usualChallenge = `Payment id="guess", realm="shop", method="tempo", intent="session", request="${usualRequest}"`

/** Where terms do not read, those that were usual. */
function remembered(response: Response): Response {
  const field = response.headers.get('www-authenticate')
  if (field === null || !field.includes('bm90IGpzb24')) return response
  const headers = new Headers(response.headers)
  headers.set('www-authenticate', field.replace('bm90IGpzb24', usualRequest))
  return new Response(response.body, { status: response.status, headers })
}
