/** What a facilitator says that it settles. */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as FacilitatorApi from '../../../../src/x402/wire/facilitator-api.ts'
import { chainIdOf } from '../../../../src/x402/wire/network.ts'
import { scenario } from '../../../kit/scenario.ts'
import { broken, holds, holdsIf, unjudged } from '../../../kit/verdict.ts'
import type { Fixtures } from './fixtures.ts'
import { describe } from './verbs.ts'

const checks = {
  'supported.decodes': 'X-FAC-001',
  'supported.exact': 'X-FAC-002',
} as const

export const supported = scenario<Fixtures, keyof typeof checks>({
  id: 'x402/facilitator/supported',
  title: 'What a facilitator settles',
  checks,
  faults: async () => (await import('./supported.faults.ts')).supportedFaults,
  async run(t, { caller }) {
    const answer = await caller.supported()
    let read: FacilitatorApi.Supported | undefined
    await t.check('supported.decodes', () => {
      try {
        read = FacilitatorApi.decodeSupported(answer.body)
        return holdsIf(answer.exchange.accepted, '2xx', describe(answer))
      } catch (error) {
        if (error instanceof DecodeError)
          return broken('kinds, each with version, scheme and network', error.message)
        throw error
      }
    })
    await t.check('supported.exact', () => {
      if (read === undefined) return unjudged('the answer does not decode')
      const own = read.kinds.some(
        ({ scheme, network }) =>
          scheme === 'exact' && (network === 'eip155:*' || chainIdOf(network) === caller.subject.chainId),
      )
      return own ? holds : broken(`exact on eip155:${caller.subject.chainId}`, describe(answer))
    })
  },
})
