/**
 * Terms that change once a channel is open: the next challenge differs in one term, such as the payee, the token or the
 * price.
 */

import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import type { JsonObject } from '../../../../../src/codec/json.ts'
import { draftAddress } from '../../../../../src/contracts/escrow.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, broken, holds } from '../../../../kit/verdict.ts'
import type { Alteration } from '../../../../peers/mpp/payee/alteration.ts'
import { stranger } from '../../../../peers/mpp/payee/shop/shop.ts'
import { paying, withHeaders } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { paidIn, softly } from '../looks.ts'
import { v2Alone } from '../offers.ts'
import { declines } from '../verbs.ts'

/** What the second challenge asks, so that it is known again. */
const marker = 'other terms'

/** Refuses each voucher with a challenge for other terms, once the channel is open. */
const turning = (change: (request: JsonObject, details: JsonObject) => void): Alteration => {
  const isVoucher = paying('voucher', 'topUp')
  return {
    http: (handler) => async (request) => {
      if (!isVoucher(request)) return handler(request)
      const { url, signal } = request
      const refusal = await handler(new Request(url, { signal }))
      return withHeaders(refusal, (headers) => {
        const params = new Map(AuthParams.decode(headers.get('www-authenticate') ?? '')[0]?.params)
        const asked = Challenge.request({ request: params.get('request') ?? '' })
        change(asked, asked['methodDetails'] as JsonObject)
        asked['unitType'] ??= marker
        params.set('request', Challenge.encodeObject(asked))
        params.set('description', marker)
        headers.set('www-authenticate', AuthParams.encode(Challenge.scheme, params))
      })
    },
  }
}

const hostile = {
  'change.payee': (request) => Object.assign(request, { recipient: stranger.address }),
  'change.token': (request) =>
    Object.assign(request, { currency: '0x20c0000000000000000000000000000000000001' }),
  'change.escrow': (_, details) => Object.assign(details, { escrowContract: draftAddress }),
  'change.chain': (_, details) => Object.assign(details, { chainId: 4_217 }),
  'change.operator': (_, details) => Object.assign(details, { operator: stranger.address }),
  'change.protocol': (_, details) =>
    Object.assign(details, { sessionProtocol: 'v1', escrowContract: draftAddress }),
  'change.price': (request) => Object.assign(request, { amount: '100000' }),
  'change.delta': (_, details) => Object.assign(details, { minVoucherDelta: '500000' }),
} as const satisfies Readonly<Record<string, (request: JsonObject, details: JsonObject) => void>>

/**
 * What a client may agree to where its budget allows it, and what no voucher speaks of: the channel keeps the operator
 * it was opened with, and the step is the payee's to insist on. Whoever answers such a challenge is told, not failed.
 */
const negotiable: readonly string[] = ['change.price', 'change.operator', 'change.delta']

/** What the terms of v1 know nothing of, or what they say already. */
const ofV2: readonly string[] = ['change.operator', 'change.protocol']

export const change = scenario({
  id: 'mpp/client/change',
  title: 'Terms that change after the open are not followed',
  checks: {
    'change.payee': ['CORE-CHAL-034', 'SESS-CLI-002'],
    'change.token': ['CORE-CHAL-035', 'SESS-CLI-002'],
    'change.escrow': 'SESS-CLI-002',
    'change.chain': 'SESS-CLI-002',
    'change.operator': 'SESS-CLI-002',
    'change.protocol': 'SESS-PROTO-003',
    'change.price': 'CORE-CHAL-033',
    'change.delta': 'SESS-SSE-014',
  },
  faults: async () => (await import('./change.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    for (const [check, how] of Object.entries(hostile))
      if (fixtures.protocol === 'v1' && ofV2.includes(check))
        await t.check(check as keyof typeof hostile, () => absent(v2Alone))
      else
        await declines(t, check as keyof typeof hostile, fixtures, {
          payee: turning(how),
          mostLoss: (shop) => shop.price,
          also(shop) {
            const followed = paidIn(shop).find(
              ({ credential }) => credential.challenge['description'] === marker,
            )
            if (followed === undefined) return holds
            const finding = broken(
              'nothing signed under other terms',
              'the challenge for them was answered',
              {
                exchange: followed.exchange,
              },
            )
            return negotiable.includes(check) ? softly(finding) : finding
          },
        })
  },
})
