/** Faults that the settle scenario catches. */
import { devAccounts } from '../../../../src/keys/accounts.ts'
import type { Facilitator } from '../../../../src/x402/wire/facilitator-api.ts'
import type { Settlement } from '../../../../src/x402/wire/settlement.ts'
import { fault } from './fault.ts'

/** Says something else of settlements that succeeded. */
const saying =
  (change: Partial<Settlement>) =>
  (own: Facilitator): Facilitator => ({
    ...own,
    async settle(request) {
      const said = await own.settle(request)
      return said.success ? { ...said, ...change } : said
    },
  })

/** Says of every payment that was settled once that it was settled. */
function remembering(own: Facilitator): Facilitator {
  const first = new Map<string, Promise<Settlement>>()
  return {
    ...own,
    settle(request) {
      const name = JSON.stringify(request.payment.json)
      const settling = first.get(name) ?? own.settle(request)
      first.set(name, settling)
      return settling
    },
  }
}

const done = (network: string, payer: string): Settlement => ({
  success: true,
  transaction: `0x${'ab'.repeat(32)}`,
  network,
  payer,
})

export const settleFaults = [
  fault({
    name: 'says-that-nothing-was-settled',
    breaks: 'X-FAC-014',
    caughtBy: ['settle.success', 'settle.concurrent'],
    around: saying({ success: false, errorReason: 'unexpected_settle_error' }),
  }),
  fault({
    name: 'says-that-all-was-settled',
    breaks: 'X-FAC-015',
    caughtBy: [
      'settle.moves',
      'settle.moves-once',
      'settle.transaction',
      'settle.again',
      'settle.concurrent',
      'settle.no-good',
    ],
    around: (own) => ({
      ...own,
      settle: async ({ payment, requirements }) => {
        const { authorization } = payment.payload as { authorization: { from: string } }
        return done(requirements.network, authorization.from)
      },
    }),
  }),
  fault({
    name: 'settles-to-another-transaction',
    breaks: 'X-FAC-016',
    caughtBy: ['settle.transaction'],
    around: saying({ transaction: `0x${'ab'.repeat(32)}` }),
  }),
  fault({
    name: 'settles-on-another-network',
    breaks: 'X-FAC-017',
    caughtBy: ['settle.network'],
    around: saying({ network: 'eip155:1' }),
  }),
  fault({
    name: 'settles-for-another-payer',
    breaks: 'X-FAC-017',
    caughtBy: ['settle.payer'],
    around: saying({ payer: devAccounts[7]?.address ?? '' }),
  }),
  fault({
    name: 'tells-a-settlement-again',
    breaks: 'X-FAC-018',
    caughtBy: ['settle.again', 'settle.concurrent'],
    around: remembering,
  }),
  fault({
    name: 'settles-in-word-what-is-no-good',
    breaks: 'X-FAC-019',
    caughtBy: ['settle.no-good'],
    around: (own) => ({
      ...own,
      async settle(request) {
        const said = await own.settle(request)
        const { payer, network, errorReason } = said
        return errorReason === 'invalid_exact_evm_payload_authorization_value'
          ? done(network, payer ?? '')
          : said
      },
    }),
  }),
]
