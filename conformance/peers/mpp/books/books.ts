/**
 * The books of a scenario: a pure fold of the facts in its trace, the same whether the server or the client is judged.
 */
import type { Address, Bytes32 } from '../../../../src/codec/hex.ts'
import type { TraceEntry } from '../../../kit/trace.ts'
import { type ChannelBook, step as channelStep, killed, unknown } from './channel.ts'
import type { Fact } from './fact.ts'
import {
  type PayerBook,
  type PaymentBook,
  payerStep,
  paymentStep,
  unknownPayer,
  unknownPayment,
} from './payer.ts'

export interface Books {
  readonly channels: ReadonlyMap<Bytes32, ChannelBook>
  readonly payers: ReadonlyMap<Address, PayerBook>
  /** One-off payments, by the hash of their transaction. */
  readonly payments: ReadonlyMap<Bytes32, PaymentBook>
}

/** Nothing has happened. */
export const empty: Books = { channels: new Map(), payers: new Map(), payments: new Map() }

/** The books of a scenario, from the entries of its trace. */
export const books = (trace: readonly TraceEntry[]): Books =>
  trace.reduce((now, entry) => (entry.kind === 'fact' ? step(now, entry.fact as Fact) : now), empty)

/** The books after a fact. */
export function step(now: Books, fact: Fact): Books {
  if ('channel' in fact) {
    const book = channelStep(now.channels.get(fact.channel) ?? unknown(fact.channel), fact)
    return { ...now, channels: new Map(now.channels).set(fact.channel, book) }
  }
  if ('payment' in fact) {
    const book = paymentStep(now.payments.get(fact.payment) ?? unknownPayment(fact.payment), fact)
    return { ...now, payments: new Map(now.payments).set(fact.payment, book) }
  }
  if ('payer' in fact) {
    const book = payerStep(now.payers.get(fact.payer) ?? unknownPayer(fact.payer), fact)
    return { ...now, payers: new Map(now.payers).set(fact.payer, book) }
  }
  return {
    ...now,
    channels: new Map([...now.channels].map(([id, book]) => [id, killed(book, fact.server)])),
  }
}
