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
  fault({
    name: 'carries-the-payment-on-with-a-get',
    breaks: 'X-CLI-012',
    caughtBy: ['origin.payment'],
    fetch: (fetch) => async (input, init) => {
      const response = await fetch(input, init)
      const to = response.headers.get('location')
      if (response.status !== 303 || to === null) return response
      await response.body?.cancel()
      return fetch(to, { ...init, method: 'GET', body: null })
    },
  }),
]
