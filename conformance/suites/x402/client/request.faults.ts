/** Faults that the scenario of Request objects catches. */
import { fault } from './fault.ts'

export const requestFaults = [
  fault({
    name: 'reads-a-request-twice',
    breaks: 'X-CLI-005',
    caughtBy: ['request.paid'],
    paying: (pay) => async (input, init) => {
      if (!(input instanceof Request)) return pay()(input, init)
      // The body is gone with the first request: the second throws.
      await (await fetch(input)).body?.cancel()
      return pay()(input)
    },
  }),
]
