/** Faults that the scenario of redirects catches. */
import { fault } from './fault.ts'

export const originFaults = [
  fault({
    name: 'carries-the-payment-on',
    breaks: 'X-CLI-012',
    caughtBy: ['origin.payment'],
    // As fetch does by itself: it drops the fields of logins, and knows nothing of payments.
    fetch: (fetch) => (input, init) => fetch(input, { ...init, redirect: 'follow' }),
  }),
]
