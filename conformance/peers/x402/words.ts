/** What reports hide and draw apart, for all suites of x402. */
import type { Words } from '../../kit/trace.ts'

/** A payment is worth money until it is used, a receipt tells who paid. */
export const words: Words = {
  secretFields: ['x-payment', 'x-payment-response', 'payment-signature', 'payment-response'],
  controlEvents: [],
}
