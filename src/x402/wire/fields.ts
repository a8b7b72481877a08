/**
 * The header fields of x402 and the two versions of its wire: v1 asks in the body of the 402, v2 in a header.
 * Sources: HTTP transport v1 and v2, "Header Summary".
 */

/** Versions of the wire format. */
export const versions = [1, 2] as const
/** The `x402Version` of a message. */
export type Version = (typeof versions)[number]

/** Where v2 states what a resource costs. */
export const requiredField = 'PAYMENT-REQUIRED'
/** Where a payment travels. */
export const paymentField: Readonly<Record<Version, string>> = { 1: 'X-PAYMENT', 2: 'PAYMENT-SIGNATURE' }
/** Where the outcome of the settlement travels. */
export const settlementField: Readonly<Record<Version, string>> = {
  1: 'X-PAYMENT-RESPONSE',
  2: 'PAYMENT-RESPONSE',
}
