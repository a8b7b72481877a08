/**
 * x402: pay once, then stream. The messages of v1 and v2, a facilitator, a paywall with a chat behind it, and a fetch
 * that pays.
 * @module
 */

export {
  ChatError,
  type ChatErrorCode,
  type ChatOptions,
  type ChatStream,
  chatStream,
  type Progress,
} from './x402/client/chat.ts'
export { type PayingFetchOptions, type PaymentEvent, payingFetch } from './x402/client/paying-fetch.ts'
export { type Asset, type PolicyCode, PolicyError } from './x402/client/policy.ts'
export { ReceiptError, type ReceiptProblem } from './x402/client/receipt.ts'
export { type FacilitatorOptions, facilitator } from './x402/facilitator/facilitator.ts'
export { facilitatorHandler } from './x402/facilitator/handle.ts'
export { type CompletionsOptions, completions } from './x402/server/chat/completions.ts'
export { type GeneratorOptions, generator } from './x402/server/chat/generator.ts'
export { type Model, ModelError } from './x402/server/chat/model.ts'
export { type UpstreamOptions, upstream } from './x402/server/chat/upstream.ts'
export { type ClaimStore, memoryClaims } from './x402/server/claims.ts'
export { type ChatServerOptions, chatServer } from './x402/server/example/server.ts'
export {
  type FacilitatorClientOptions,
  FacilitatorError,
  facilitatorAt,
} from './x402/server/facilitator-client.ts'
export type { Merchant, Offer } from './x402/server/offer.ts'
export {
  type Paid,
  type Paywall,
  type PaywallOptions,
  paywall,
  type Resource,
} from './x402/server/paywall.ts'
export * as Exact from './x402/wire/exact.ts'
export * as FacilitatorApi from './x402/wire/facilitator-api.ts'
export * as Fields from './x402/wire/fields.ts'
export * as Network from './x402/wire/network.ts'
export * as Payment from './x402/wire/payment.ts'
export * as PaymentIdentifier from './x402/wire/payment-identifier.ts'
export * as Reasons from './x402/wire/reasons.ts'
export * as Required from './x402/wire/required.ts'
export * as Requirements from './x402/wire/requirements.ts'
export * as Settlement from './x402/wire/settlement.ts'
