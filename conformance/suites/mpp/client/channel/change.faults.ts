/** Faults of clients that follow a payee wherever its terms go. */
import { fault, ok } from '../fault.ts'
import { readingTerms } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

const follows = (
  name: string,
  breaks: string,
  check: string,
  variant: ClientVariant,
  like: readonly string[] = [],
) => fault({ name, breaks, caughtBy: [`change.${check}`], variant, like })

/** A client that reads one member as it was at first. */
const blindTo = (change: (request: object, details: object) => void): ClientVariant => ({
  fetch: readingTerms(change),
})

const payee = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const reserve = '0x4d50500000000000000000000000000000000000'

export const faults = [
  follows(
    'sees-no-other-payee',
    'CORE-CHAL-034',
    'payee',
    blindTo((request) => Object.assign(request, { recipient: payee })),
  ),
  follows(
    'sees-no-other-token',
    'CORE-CHAL-035',
    'token',
    blindTo((request) => Object.assign(request, { currency: '0x20c0000000000000000000000000000000000000' })),
  ),
  follows(
    'sees-no-other-escrow',
    'SESS-CLI-002',
    'escrow',
    blindTo((_, details) => {
      if ((details as { sessionProtocol?: string }).sessionProtocol === 'v2')
        Object.assign(details, { escrowContract: reserve })
    }),
  ),
  follows(
    'sees-no-other-chain',
    'SESS-CLI-002',
    'chain',
    blindTo((_, details) => Object.assign(details, { chainId: 42_431 })),
  ),
  follows(
    'sees-no-operator',
    'SESS-CLI-002',
    'operator',
    blindTo((_, details) => Object.assign(details, { operator: undefined })),
  ),
  follows(
    'sees-no-other-protocol',
    'SESS-PROTO-003',
    'protocol',
    blindTo((_, details) => {
      if ((details as { sessionProtocol?: string }).sessionProtocol === 'v1')
        Object.assign(details, { sessionProtocol: 'v2', escrowContract: reserve })
    }),
  ),
  follows('agrees-to-any-price', 'CORE-CHAL-033', 'price', { rules: { terms: { changes: () => [] } } }),
  fault({
    name: 'agrees-to-any-step',
    breaks: 'SESS-SSE-014',
    caughtBy: ['change.delta', 'change.price'],
    variant: { rules: { challenge: { delta: ok }, terms: { changes: () => [] } } },
  }),
]
