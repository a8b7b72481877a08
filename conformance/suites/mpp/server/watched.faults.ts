/** The fault that proves a scenario's check against server errors: some refusal in it is a server error. */

import { onResponse, unpaid } from '../../../peers/mpp/payee/wire.ts'
import { fault, type ServerFault } from './fault.ts'

/** Asking for the price, as everybody does before anything else: a server that fails there cannot be judged. */
const isPlain = (request: Request): boolean =>
  unpaid(request) && ['GET', 'HEAD'].includes(request.method) && !request.headers.has('accept-payment')

/** Refuses what a feature asks for with 500, in the words of the refusal. Its other checks may mind as well. */
export const refusesWith500 = (feature: string, check: string): ServerFault => ({
  ...fault({
    name: `refuses-with-500-in-${feature}`,
    breaks: 'CORE-PROB-010',
    caughtBy: [check],
    http: onResponse(
      (request, { status }) => status >= 400 && !isPlain(request),
      ({ body, headers }) => new Response(body, { status: 500, headers }),
    ),
  }),
  made: 'generated',
})
