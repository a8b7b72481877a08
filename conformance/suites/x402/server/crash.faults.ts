/** Servers that forget when they are killed, or remember wrongly. */
import { type ClaimStore, memoryClaims } from '../../../../src/x402/server/claims.ts'
import { believes } from '../../../peers/x402/payee/believing.ts'
import { settlingUnnamed } from '../../../peers/x402/payee/identifiers.ts'
import { fault } from './fault.ts'

/** Keeps some claims for as long as the process lives, and the others on disk. */
const forgetting =
  (picked: (name: string) => boolean) =>
  (disk: ClaimStore): ClaimStore => {
    const memory = memoryClaims()
    return {
      update: (name, change) => (picked(name) ? memory : disk).update(name, change),
      forget: (now) => disk.forget(now),
    }
  }

const isIdentifier = (name: string): boolean => name.startsWith('id ')

/** Takes what a process was settling when it was killed for settled. */
const trusting = (disk: ClaimStore): ClaimStore => ({
  ...disk,
  update: (name, change) =>
    disk.update(name, (claim) =>
      change(
        claim?.left === true && claim.state === 'undecided'
          ? {
              ...claim,
              state: 'open',
              settlement: { success: true, transaction: `0x${'ab'.repeat(32)}`, network: 'eip155:84532' },
            }
          : claim,
      ),
    ),
})

export const crashFaults = [
  fault({
    name: 'sells-again-after-a-restart',
    breaks: 'X-CRASH-001',
    caughtBy: ['crash.sold-once'],
    claims: forgetting((name) => !isIdentifier(name)),
    facilitator: believes('state'),
  }),
  fault({
    name: 'serves-what-it-was-settling-when-it-was-killed',
    breaks: 'X-CRASH-002',
    caughtBy: ['crash.unpaid', 'audit.delivered-is-paid'],
    claims: trusting,
  }),
  fault({
    name: 'asks-again-for-what-was-paid-before-it-was-killed',
    breaks: 'X-CRASH-003',
    caughtBy: ['crash.asks-again'],
    claims: forgetting((name) => !isIdentifier(name)),
  }),
  fault({
    name: 'forgets-the-names-of-payments-when-it-is-killed',
    breaks: 'X-CRASH-004',
    caughtBy: ['crash.identifier'],
    claims: forgetting(isIdentifier),
    facilitator: settlingUnnamed,
  }),
]
