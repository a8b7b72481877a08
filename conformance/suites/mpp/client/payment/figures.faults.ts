/** Faults of clients that read a price from elsewhere, or not all of it. */
import { faultsOf } from '../fault.ts'
import { readingTerms } from './puppets.fault.ts'

const named = faultsOf('figures')

export const faults = [
  named('believes-the-description', 'CORE-CHAL-019', ['description'], {
    // What is said to be free is not paid for.
    fetch: (fetch) => async (input, init) => {
      const response = await fetch(input, init)
      const said = response.headers.get('www-authenticate') ?? ''
      return said.includes('free of charge') ? new Response(null, { status: 402 }) : response
    },
  }),
  named('keeps-96-bits-of-a-price', 'SESS-DESC-006', ['wraps'], {
    fetch: readingTerms((request) => {
      request['amount'] = String(BigInt.asUintN(96, BigInt(String(request['amount']))))
    }),
  }),
]
