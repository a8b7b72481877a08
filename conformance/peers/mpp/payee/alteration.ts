/** What can be changed in the reference payee: its rules, its options and offer, and what stands around it. */
import type { Rpc } from '../../../../src/chain/rpc.ts'
import type { listen } from '../../../../src/http/listen.ts'
import type { Offer } from '../../../../src/mpp/server/offer.ts'
import type { PayeeOptions } from '../../../../src/mpp/server/payee.ts'
import type { Handler } from '../../../../src/mpp/server/payments.ts'
import type { RuleOverrides } from '../../../../src/mpp/server/rules/rules.ts'
import type { ChannelStore } from '../../../../src/mpp/server/store/store.ts'
import type { Deliver } from './delivery.ts'

export interface Alteration {
  /** Rules replaced in the server. */
  rules?: RuleOverrides
  options?: Partial<PayeeOptions>
  offer?: Partial<Offer>
  /** How it sends the units of its streams; default a charge, then the event. */
  deliver?: Deliver
  /** Wraps the HTTP handler; `store` is where the server keeps its books. */
  http?: (handler: Handler, context: { store: ChannelStore }) => Handler
  store?: (store: ChannelStore) => ChannelStore
  /** Takes connections in place of the reference's own listener. */
  listen?: typeof listen
  chain?: (chain: Rpc) => Rpc
  /** Called once no server that is altered so is running any more. */
  end?: () => void
}
