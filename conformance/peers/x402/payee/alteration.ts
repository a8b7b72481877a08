/** What can be changed in the reference server: its options, its model, and what stands around it. */
import type { Handler } from '../../../../src/http/handler.ts'
import type { listen } from '../../../../src/http/listen.ts'
import type { Model } from '../../../../src/x402/server/chat/model.ts'
import type { ClaimStore } from '../../../../src/x402/server/claims.ts'
import type { Merchant } from '../../../../src/x402/server/offer.ts'
import type { PaywallOptions } from '../../../../src/x402/server/paywall.ts'
import type { Facilitator } from '../../../../src/x402/wire/facilitator-api.ts'

export interface Alteration {
  options?: Partial<Pick<PaywallOptions, 'rules' | 'claims'>>
  merchant?: Partial<Merchant>
  /** What a process makes of the claims that it finds; called for each that is started. */
  claims?: (found: ClaimStore) => ClaimStore
  /** How it hears and asks its facilitator. */
  facilitator?: (own: Facilitator) => Facilitator
  model?: (own: Model) => Model
  /** Wraps the HTTP handler. */
  http?: (handler: Handler) => Handler
  /** Serves it otherwise than `listen` does. */
  listen?: typeof listen
  /** Requests for which its model is asked before anything is looked at. */
  works?: (request: Request) => boolean
}
