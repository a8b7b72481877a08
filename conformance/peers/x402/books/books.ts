/** The books of x402: facts, one after the other -> payments -> what is wrong with the money. Pure; knows nothing of checks. */
import type { Address, Bytes32 } from '../../../../src/codec/hex.ts'
import type { AuditRule } from '../../../kit/run.ts'
import type { Fact } from './fact.ts'

/** What is known of one payment. */
export interface PaymentBook {
  payment: Bytes32
  call: string
  payer: Address | undefined
  amount: bigint
  delivered: number
  owed: boolean
  disturbed: boolean
  misled: boolean
  settled: boolean
}

export type Books = ReadonlyMap<Bytes32, PaymentBook>

/** The books after one more fact. */
export function step(books: Books, fact: Fact): Books {
  const before = books.get(fact.payment) ?? unknown(fact.payment)
  return new Map(books).set(fact.payment, changed(before, fact))
}

const unknown = (payment: Bytes32): PaymentBook => ({
  payment,
  call: payment,
  payer: undefined,
  amount: 0n,
  delivered: 0,
  owed: false,
  disturbed: false,
  misled: false,
  settled: false,
})

function changed(book: PaymentBook, fact: Fact): PaymentBook {
  switch (fact.is) {
    case 'signed':
      return { ...book, call: fact.call, payer: fact.payer, amount: fact.amount }
    case 'delivered':
      return { ...book, delivered: book.delivered + 1 }
    default:
      return { ...book, [fact.is]: true }
  }
}

/** Rules about what was delivered and what was paid. */
const rules = {
  'audit.delivered-is-paid': (payments: readonly PaymentBook[]) =>
    payments
      .filter(({ delivered, settled, misled }) => delivered > 0 && !settled && !misled)
      .map(({ amount }) => `content that costs ${amount} was given, and nothing was settled`),
  'audit.paid-is-delivered': (payments: readonly PaymentBook[]) =>
    payments
      .filter(({ delivered, settled, owed, disturbed }) => settled && delivered === 0 && !owed && !disturbed)
      .map(({ amount }) => `${amount} was taken, and nothing came for it`),
  'audit.paid-once': (payments: readonly PaymentBook[]) =>
    [...new Set(payments.map(({ call }) => call))]
      .map((call) => payments.filter((each) => each.call === call && each.settled))
      .filter((settled) => settled.length > 1)
      .map((settled) => `one call was paid ${settled.length} times, ${sum(settled)} in all`),
}

export type RuleId = keyof typeof rules

/** Judges the money of a scenario, by the named rules. */
export function judge(books: Books, ids: readonly RuleId[]): AuditRule[] {
  const payments = [...books.values()].filter(({ payer }) => payer !== undefined)
  if (payments.length === 0) return []
  return ids.map((id) => {
    const [problem] = rules[id](payments)
    return {
      id,
      verdict: problem === undefined ? 'pass' : 'fail',
      message: problem ?? 'holds for every payment',
    }
  })
}

/** What went where in all. */
export function figures(books: Books): Record<string, string> {
  const payments = [...books.values()]
  const settled = payments.filter((each) => each.settled)
  return {
    payments: String(payments.length),
    signed: String(sum(payments)),
    settled: String(sum(settled)),
    delivered: String(sum(payments.filter(({ delivered }) => delivered > 0))),
  }
}

const sum = (payments: readonly PaymentBook[]): bigint =>
  payments.reduce((total, { amount }) => total + amount, 0n)
