/** Faults that the settlement scenario catches. */
import type { Facilitator } from '../../../../src/x402/wire/facilitator-api.ts'
import type { Settlement } from '../../../../src/x402/wire/settlement.ts'
import { onResponse, withStatus } from '../../../peers/answers.ts'
import { believesSettlements } from '../../../peers/x402/payee/believing.ts'
import { isPaid } from '../../../peers/x402/payee/wire.ts'
import { fault } from './fault.ts'

const done = (network: string): Settlement => ({
  success: true,
  transaction: `0x${'ab'.repeat(32)}`,
  network,
})

/** Waits for a settlement only so long, in milliseconds. */
const impatient =
  (ms: number) =>
  (own: Facilitator): Facilitator => ({
    ...own,
    settle: (request) =>
      Promise.race([
        own.settle(request),
        new Promise<Settlement>((resolve) =>
          setTimeout(() => resolve(done(request.requirements.network)), ms),
        ),
      ]),
  })

/** Does not look at something that a success says. */
const overlooking =
  (overlooked: (said: Settlement, asked: string) => Partial<Settlement>) =>
  (own: Facilitator): Facilitator => ({
    ...own,
    async settle(request) {
      const said = await own.settle(request)
      return said.success ? { ...said, ...overlooked(said, request.requirements.network) } : said
    },
  })

export const settlementFaults = [
  fault({
    name: 'serves-what-was-not-settled',
    breaks: 'X-SETL-004',
    caughtBy: ['settlement.refused', 'audit.delivered-is-paid'],
    facilitator: believesSettlements(() => true),
  }),
  fault({
    name: 'answers-500-when-not-settled',
    breaks: 'X-SETL-005',
    caughtBy: ['settlement.402'],
    http: onResponse(
      (request, { status }) => status === 402 && isPaid(request),
      (response) => withStatus(response, 500),
    ),
  }),
  fault({
    name: 'serves-when-the-facilitator-fails',
    breaks: 'X-SETL-004',
    caughtBy: ['settlement.failing', 'audit.delivered-is-paid'],
    facilitator: (own) => ({
      ...own,
      settle: (request) => own.settle(request).catch(() => done(request.requirements.network)),
    }),
  }),
  fault({
    name: 'does-not-wait-for-the-settlement',
    breaks: 'X-SETL-003',
    caughtBy: ['settlement.silent'],
    facilitator: impatient(100),
  }),
  fault({
    name: 'asks-again-when-the-outcome-is-lost',
    breaks: 'X-SETL-006',
    caughtBy: ['settlement.lost'],
    http: onResponse(
      (request, { status }) => status === 503 && isPaid(request),
      (response) => withStatus(response, 402),
    ),
  }),
  fault({
    name: 'serves-for-a-success-without-transaction',
    breaks: 'X-SETL-007',
    caughtBy: ['settlement.contradicts'],
    facilitator: overlooking(({ transaction }, network) =>
      transaction === '' ? done(network) : { transaction },
    ),
  }),
  fault({
    name: 'serves-for-a-success-on-another-network',
    breaks: 'X-SETL-007',
    caughtBy: ['settlement.contradicts'],
    facilitator: overlooking((_, network) => ({ network })),
  }),
  fault({
    name: 'serves-for-the-success-of-another-payer',
    breaks: 'X-SETL-007',
    caughtBy: ['settlement.contradicts'],
    facilitator: overlooking(() => ({ payer: undefined })),
  }),
]
