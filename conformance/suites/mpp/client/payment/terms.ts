/** Terms that no client should take: each differs from lawful ones in one thing. Nothing is signed for them. */
import type { Hex } from '../../../../../src/codec/hex.ts'
import * as Json from '../../../../../src/codec/json.ts'
import { draftAddress } from '../../../../../src/contracts/escrow.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import * as SessionRequest from '../../../../../src/mpp/wire/session-request.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { Alteration } from '../../../../peers/mpp/payee/alteration.ts'
import { depositIn } from '../../../../peers/mpp/payee/shop/channels.ts'
import { type Shop, stranger } from '../../../../peers/mpp/payee/shop/shop.ts'
import { alterChallenge, alterTerms, onResponse, withHeaders } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures, Opening } from '../fixtures.ts'
import { answered, paidIn } from '../looks.ts'
import { v2Alone } from '../offers.ts'
import { declines } from '../verbs.ts'

/** A valid token that the client was not told to pay with. */
const otherToken = '0x20c0000000000000000000000000000000000001'
/** An address without a contract, which no client trusts. */
const otherEscrow = stranger.address

const asking = (change: (request: Json.JsonObject, details: Json.JsonObject) => void): Alteration => ({
  http: alterTerms(change),
})
const put = (object: Json.JsonObject, name: string, value: Json.JsonObject[string] | undefined) => {
  if (value === undefined) delete object[name]
  else object[name] = value
}
const member = (name: string, value: Json.JsonObject[string] | undefined) =>
  asking((request) => put(request, name, value))
const detail = (name: string, value: Json.JsonObject[string] | undefined) =>
  asking((_, details) => put(details, name, value))

/** Check -> how the terms differ. */
const hostile = {
  'terms.other-chain': { payee: detail('chainId', 1) },
  'terms.other-reserve': { payee: detail('escrowContract', otherEscrow) },
  'terms.other-escrow': {
    payee: asking((_, details) => {
      details['sessionProtocol'] = 'v1'
      details['escrowContract'] = otherEscrow
    }),
  },
  'terms.other-token': { payee: member('currency', otherToken) },
  'terms.over-budget': { payee: { offer: { amount: '1.500', suggestedDeposit: '5' } } },
  'terms.downgrade': { payee: detail('sessionProtocol', 'v1') },
  'terms.unknown-protocol': { payee: detail('sessionProtocol', 'v3') },
  'terms.v2-elsewhere': { payee: detail('escrowContract', draftAddress) },
  'terms.malformed': {
    payee: { http: alterChallenge((params) => void params.set('request', 'bm90IGpzb24')) },
  },
  'terms.no-id': { payee: { http: alterChallenge((params) => void params.delete('id')) } },
  'terms.empty-id': { payee: { http: alterChallenge((params) => void params.set('id', '')) } },
  'terms.no-recipient': { payee: member('recipient', undefined) },
  'terms.negative-price': { payee: member('amount', '-1000') },
  'terms.no-challenge': {
    payee: {
      http: onResponse(
        (_, { status }) => status === 402,
        (response) => withHeaders(response, (headers) => headers.delete('www-authenticate')),
      ),
    },
  },
} as const satisfies Readonly<Record<string, Opening>>

/** What differs from lawful terms of v2 alone: what a downgrade leads to, and a contract that v1 channels may be in. */
const ofV2: readonly string[] = ['terms.downgrade', 'terms.v2-elsewhere']

export const terms = scenario({
  id: 'mpp/client/terms',
  title: 'Terms outside what a client trusts are declined before anything is signed',
  checks: {
    'terms.other-chain': 'SESS-REQ-013',
    'terms.default-chain': 'SESS-REQ-012',
    'terms.other-reserve': 'SESS-REQ-013',
    'terms.other-escrow': 'SESS-REQ-013',
    'terms.other-token': ['CORE-CHAL-035', 'SESS-REQ-013'],
    'terms.over-budget': 'CORE-CHAL-033',
    'terms.huge-delta': 'SESS-SSE-014',
    'terms.downgrade': 'SESS-PROTO-003',
    'terms.unknown-protocol': 'SESS-PROTO-003',
    'terms.v2-elsewhere': 'SESS-REQ-013',
    'terms.malformed': 'CORE-ACC-008',
    'terms.no-id': 'CORE-CHAL-003',
    'terms.empty-id': 'CORE-CHAL-003',
    'terms.no-recipient': 'CORE-CHAL-034',
    'terms.negative-price': 'CORE-CHAL-033',
    'terms.no-challenge': 'CORE-CRED-007',
  },
  faults: async () => (await import('./terms.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    for (const [check, opening] of Object.entries(hostile))
      if (fixtures.protocol === 'v1' && ofV2.includes(check))
        await t.check(check as keyof typeof hostile, () => absent(v2Alone))
      else await declines(t, check as keyof typeof hostile, fixtures, opening)
    // The stream asks for such steps too. What is owed may be signed all the same, one unit after the other.
    await declines(t, 'terms.huge-delta', fixtures, {
      payee: { offer: { minVoucherDelta: '0.900' } },
      mostLoss: ({ price }) => price,
    })
    await declines(t, 'terms.default-chain', fixtures, {
      payee: detail('chainId', undefined),
      mostLoss: ({ price }) => price,
      also: onDefaultChain,
    })
  },
})

/** Where a challenge names no chain, an open is signed for the default one, or none is signed. */
function onDefaultChain(shop: Shop): Finding {
  for (const paid of paidIn(shop, 'open')) {
    const { methodDetails } = Challenge.request({ request: answered(shop, paid).get('request') ?? '' })
    const signed = depositIn(String(paid.credential.raw['transaction']) as Hex)?.transaction.chainId
    if (Json.isObject(methodDetails) && 'chainId' in methodDetails) continue
    if (signed !== SessionRequest.defaultChainId)
      return broken(`signed for chain ${SessionRequest.defaultChainId}`, `signed for chain ${signed}`)
  }
  return holds
}
