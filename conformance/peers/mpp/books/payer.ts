/** The books of one payer and of its one-off payments, folded from their facts. Amounts are base units. */
import type { Address, Bytes32 } from '../../../../src/codec/hex.ts'
import type { PayerFact, PaymentFact } from './fact.ts'

export interface PayerBook {
  readonly address: Address
  /** Its balance when the scenario began. */
  readonly funds: bigint
  /** What it let go of by its own doing. */
  readonly gave: bigint
  /** Transactions whose fee it pays, sent or not. */
  readonly transactions: readonly Bytes32[]
  /** What they cost, by transaction. */
  readonly fees: ReadonlyMap<Bytes32, bigint>
  readonly balance: bigint | undefined
  /** What its one-off payments moved. */
  readonly transferred: bigint
}

/** A payer nothing is known of. */
export const unknownPayer = (address: Address): PayerBook => ({
  address,
  funds: 0n,
  gave: 0n,
  transactions: [],
  fees: new Map(),
  balance: undefined,
  transferred: 0n,
})

/** The books after a fact. */
export function payerStep(book: PayerBook, fact: PayerFact): PayerBook {
  switch (fact.is) {
    case 'funded':
      return { ...book, funds: fact.amount }
    case 'gave':
      return { ...book, gave: book.gave + fact.amount }
    case 'signed':
      return { ...book, transactions: [...book.transactions, fact.transaction] }
    case 'fee':
      return { ...book, fees: new Map([...book.fees, [fact.transaction, fact.amount]]) }
    case 'balance':
      return { ...book, balance: fact.amount }
    case 'transferred':
      return { ...book, transferred: fact.amount }
  }
}

/** All its fees. */
export const feesOf = ({ fees }: PayerBook): bigint => [...fees.values()].reduce((sum, fee) => sum + fee, 0n)

export interface PaymentBook {
  readonly hash: Bytes32
  readonly payer: Address | undefined
  /** What its challenge asks. */
  readonly price: bigint
  /** Whom it pays. */
  readonly to: readonly Address[]
  /** Whether its payer broadcast it, and it was mined. */
  readonly pushed: boolean
  /** Whether the node's answer to its broadcast was lost. */
  readonly unanswered: boolean
  /** How often content was given for it. */
  readonly taken: number
  /** What it moved, where that was looked up. */
  readonly moved: bigint
}

/** A payment nothing is known of. */
export const unknownPayment = (hash: Bytes32): PaymentBook => ({
  hash,
  payer: undefined,
  price: 0n,
  to: [],
  pushed: false,
  unanswered: false,
  taken: 0,
  moved: 0n,
})

/** The books after a fact. */
export function paymentStep(book: PaymentBook, fact: PaymentFact): PaymentBook {
  switch (fact.is) {
    case 'charge-signed':
      return { ...book, payer: fact.payer, price: fact.price, to: fact.to }
    case 'charge-pushed':
      return { ...book, pushed: true }
    case 'charge-unanswered':
      return { ...book, unanswered: true }
    case 'charge-taken':
      return { ...book, taken: book.taken + 1 }
    case 'charge-moved':
      return { ...book, moved: fact.amount }
  }
}

/** What a payer put on the chain, or may have, and got nothing for: its own loss, and no fault of the payee's. */
export const isLost = ({ pushed, unanswered, taken }: PaymentBook): boolean =>
  (pushed || unanswered) && taken === 0
