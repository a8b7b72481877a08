/**
 * Faults: reference servers that are wrong in exactly one named way. They prove the checks: each check must turn red
 * for its fault and stay green without it.
 */
import type { Rpc } from '../../src/chain/rpc.ts'
import type { Offer } from '../../src/server/offer.ts'
import type { PayeeOptions } from '../../src/server/payee.ts'
import type { Handler } from '../../src/server/payments.ts'
import type { RuleOverrides } from '../../src/server/rules/rules.ts'
import type { ChannelStore } from '../../src/server/store/store.ts'
import type { Deliver } from './delivery.ts'

export interface ServerFault {
  name: string
  role: 'server'
  /** The requirement it breaks. */
  breaks: string
  /** The checks that must turn red: these, and in the scenarios that hold them no others. */
  caughtBy: readonly string[]
  /** Features to run it against, where only the money audit notices it. */
  during?: readonly string[]
  /** Bugs of the field it resembles: an advisory, or an entry of the list of field bugs. */
  like?: readonly string[]
  /** Rules replaced in the server. */
  rules?: RuleOverrides
  options?: Partial<PayeeOptions>
  offer?: Partial<Offer>
  /** How it sends the units of its streams; default a charge, then the event. */
  deliver?: Deliver
  /** Wraps the HTTP handler; `store` is where the server keeps its books. */
  http?: (handler: Handler, context: { store: ChannelStore }) => Handler
  store?: (store: ChannelStore) => ChannelStore
  chain?: (chain: Rpc) => Rpc
}

/** Declares a server fault. */
export const fault = (declared: Omit<ServerFault, 'role'>): ServerFault => ({ role: 'server', ...declared })

/** The reference as it is: what every fault is told apart from. No check may turn red for it. */
export const unbroken = fault({ name: 'unbroken', breaks: '', caughtBy: [] })

/** A rule that never refuses. */
export const ok = (): undefined => undefined
