/** Writes facts into the trace and keeps the books of them, so that a scenario can read figures while it runs. */
import type { Address, Bytes32 } from '../../../../src/codec/hex.ts'
import type { Figures, Recorder } from '../../../kit/trace.ts'
import { type Books, empty, step } from './books.ts'
import { type ChannelBook, unknown, worth } from './channel.ts'
import type { Fact } from './fact.ts'
import { type PayerBook, type PaymentBook, unknownPayer, unknownPayment } from './payer.ts'

/** Every one of the first units is drawn, then each of so many: long streams stay readable. */
const firstUnits = 64
const drawnUnits = 16

export class Ledger {
  readonly #recorder: Recorder
  #books: Books = empty
  /** What was last drawn of each channel. */
  readonly #drawn = new Map<Bytes32, string>()

  constructor(recorder: Recorder) {
    this.#recorder = recorder
  }

  /** Writes a fact into the trace, and where the money of its channel stands from there on. */
  record(fact: Fact): void {
    this.#recorder.add({ kind: 'fact', fact })
    this.#books = step(this.#books, fact)
    if (!('channel' in fact)) return
    if (fact.is === 'delivered' && fact.units >= firstUnits && fact.units % drawnUnits !== 0) return
    this.#draw(this.channel(fact.channel))
  }

  /** The books of a channel so far. */
  channel(id: Bytes32): ChannelBook {
    return this.#books.channels.get(id) ?? unknown(id)
  }

  /** The books of a one-off payment so far. */
  payment(hash: Bytes32): PaymentBook {
    return this.#books.payments.get(hash) ?? unknownPayment(hash)
  }

  /** The books of a payer so far. */
  payer(address: Address): PayerBook {
    return this.#books.payers.get(address) ?? unknownPayer(address)
  }

  /** The books of a payer's one-off payments so far. */
  paymentsOf(address: Address): PaymentBook[] {
    return [...this.#books.payments.values()].filter(({ payer }) => payer === address)
  }

  #draw(book: ChannelBook): void {
    if (!book.opened) return
    const figures = figuresOf(book)
    const text = JSON.stringify(figures)
    if (text === this.#drawn.get(book.id)) return
    this.#drawn.set(book.id, text)
    this.#recorder.add({ kind: 'money', channel: book.id, figures })
  }
}

function figuresOf(book: ChannelBook): Figures {
  const settled = book.closed?.captured ?? book.onChain?.settled
  return {
    deposit: String(book.deposit),
    accepted: String(book.accepted),
    delivered: String(worth(book)),
    ...(book.spent === undefined ? {} : { spent: String(book.spent) }),
    ...(settled === undefined ? {} : { settled: String(settled) }),
  }
}
