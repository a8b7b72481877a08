/** Faults that the verify scenario catches: facilitators that find one kind of wrong payment good. */
import { devAccounts } from '../../../../src/keys/accounts.ts'
import type { Facilitator } from '../../../../src/x402/wire/facilitator-api.ts'
import { means, type ReasonKind } from '../../../../src/x402/wire/reasons.ts'
import { fault } from './fault.ts'

const finds =
  (kind: ReasonKind) =>
  (own: Facilitator): Facilitator => ({
    ...own,
    async verify(request) {
      const said = await own.verify(request)
      return means(said.invalidReason ?? undefined, kind) ? { isValid: true, payer: said.payer } : said
    },
  })

const finding = (name: string, breaks: string, kind: ReasonKind, ...caughtBy: string[]) =>
  fault({ name, breaks, caughtBy, around: finds(kind) })

export const verifyFaults = [
  fault({
    name: 'finds-nothing-valid',
    breaks: 'X-FAC-003',
    caughtBy: ['verify.valid'],
    around: (own) => ({
      ...own,
      verify: async (request) => {
        const said = await own.verify(request)
        return said.isValid ? { isValid: false, invalidReason: 'unexpected_verify_error' } : said
      },
    }),
  }),
  fault({
    name: 'names-another-payer-when-it-verifies',
    breaks: 'X-FAC-004',
    caughtBy: ['verify.payer'],
    around: (own) => ({
      ...own,
      verify: async (request) => ({ ...(await own.verify(request)), payer: devAccounts[7]?.address ?? '' }),
    }),
  }),
  finding('finds-other-schemes-valid', 'X-FAC-005', 'scheme', 'verify.scheme'),
  finding('finds-other-networks-valid', 'X-FAC-005', 'network', 'verify.network'),
  // In v2 the payment says which token it is in; in v1 the signature alone does.
  finding('finds-other-tokens-valid', 'X-FAC-005', 'requirements', 'verify.asset'),
  finding(
    'finds-any-signature-valid',
    'X-FAC-006',
    'signature',
    'verify.signature',
    'verify.asset',
    'verify.network',
  ),
  finding('finds-other-recipients-valid', 'X-FAC-007', 'recipient', 'verify.recipient'),
  finding('finds-less-valid', 'X-FAC-008', 'value', 'verify.value'),
  fault({
    name: 'believes-what-payments-say-of-their-amount',
    breaks: 'X-FAC-008',
    caughtBy: ['verify.value'],
    around: (own) => ({
      ...own,
      async verify(request) {
        const said = await own.verify(request)
        // In v1 payments say no amount beside what is signed.
        const isSaid = request.payment.accepted?.amount === request.requirements.amount
        return isSaid && means(said.invalidReason ?? undefined, 'value')
          ? { isValid: true, payer: said.payer }
          : said
      },
    }),
  }),
  finding('finds-what-is-early-valid', 'X-FAC-009', 'validAfter', 'verify.valid-after'),
  finding('finds-what-is-late-valid', 'X-FAC-009', 'validBefore', 'verify.valid-before'),
  finding('finds-the-poor-good', 'X-FAC-010', 'funds', 'verify.funds'),
  finding('finds-what-is-used-valid', 'X-FAC-011', 'state', 'verify.used'),
  fault({
    name: 'gives-reasons-of-its-own',
    breaks: 'X-FAC-012',
    caughtBy: ['verify.reasons'],
    around: (own) => ({
      ...own,
      async verify(request) {
        const said = await own.verify(request)
        return said.isValid ? said : { ...said, invalidReason: 'no' }
      },
    }),
  }),
  fault({
    name: 'settles-what-it-verifies',
    breaks: 'X-FAC-013',
    caughtBy: ['verify.moves-nothing'],
    around: (own) => ({
      ...own,
      async verify(request) {
        const said = await own.verify(request)
        if (said.isValid) await own.settle(request)
        return said
      },
    }),
  }),
]
