/** Faults that the scenario of paced handlers catches. */
import { isPaid } from '../../../peers/x402/payee/wire.ts'
import { fault } from './fault.ts'
import { referenceResources } from './own-targets.ts'

const isPaced = ({ url }: Request) => url.endsWith(referenceResources['paced'] ?? '')

export const pacedFaults = [
  fault({
    name: 'never-says-that-it-was-written',
    breaks: 'X-PAY-001',
    caughtBy: ['paced.answered'],
    // The handler waits for its first write for ever.
    http: (handler) => (request) =>
      isPaced(request) && isPaid(request) ? new Promise<Response>(() => undefined) : handler(request),
  }),
]
