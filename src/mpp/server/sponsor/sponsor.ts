/**
 * Pays the fee of a payer's transaction: capped, within budgets, and only after the node simulated it successfully.
 * Transactions of one payer run one after the other, so that its balance is not counted for several at once.
 */
import { feeInToken, type Receipt } from '../../../chain/client.ts'
import { RpcError } from '../../../chain/rpc.ts'
import * as Transaction from '../../../chain/transaction.ts'
import type { Hex } from '../../../codec/hex.ts'
import * as Uint from '../../../codec/uint.ts'
import { keccak256 } from '../../../keys/keccak.ts'
import type { Refusal } from '../../wire/problem.ts'
import type { Payee } from '../payee.ts'
import { check } from '../rules/rule.ts'
import { Budget } from './budget.ts'
import { type SponsorLimits, type SponsorOptions, sponsorLimits } from './limits.ts'

/** What a payee keeps about the fees it pays. */
export interface Sponsorship {
  limits: SponsorLimits
  budget: Budget
  /** The last transaction of each payer that is under way. */
  turns: Map<string, Promise<unknown>>
}

/** Builds it. Throws `TypeError` for limits that are none. */
export const sponsorship = (options: SponsorOptions | undefined, clock: () => number): Sponsorship => ({
  limits: sponsorLimits(options),
  budget: new Budget(clock),
  turns: new Map(),
})

/** A transaction that leaves its fee to us. */
export interface Asked {
  /** As its sender signed it. */
  raw: Hex
  transaction: Transaction.Transaction
  /** What it deposits, when it opens a channel. */
  deposit?: bigint
}

/**
 * Signs for the fee and lets `send` broadcast. `send` is given the bytes to broadcast, and calls `mined` with the
 * receipt. Answers what `send` answers, or a refusal. Throws what the chain client throws when the node gives no
 * answer.
 */
export function sponsored<T>(
  payee: Payee,
  asked: Asked,
  send: (raw: Hex, mined: (receipt: Receipt) => void) => Promise<T>,
): Promise<T | Refusal> {
  const { transaction } = asked
  const { limits, turns } = payee.sponsor
  const mostFee = feeInToken(transaction.gas * transaction.maxFeePerGas)
  const refusal = check(payee.rules.sponsor, { transaction, limits, mostFee })
  if (refusal !== undefined) return Promise.resolve(refusal)
  return inTurn(turns, payee.rules.books.sponsorTurn(transaction), () => pay(payee, asked, send))
}

async function pay<T>(
  payee: Payee,
  { raw, transaction, deposit }: Asked,
  send: (raw: Hex, mined: (receipt: Receipt) => void) => Promise<T>,
): Promise<T | Refusal> {
  const { chain, rules, sponsor } = payee
  const { limits, budget } = sponsor
  const { sender, gas, maxFeePerGas, maxPriorityFeePerGas } = transaction
  const price = Uint.min(maxFeePerGas, (await chain.gasPrice()) + maxPriorityFeePerGas)
  const fee = feeInToken(gas * price)
  // The close that ends this channel is paid by the server too, so an open counts twice (SESS-FEE-008).
  const withClose = (own: bigint) => (deposit === undefined ? own : 2n * own)
  const cost = withClose(fee)
  const spent = budget.spent(sender)
  const now = payee.clock()
  let refusal = check(rules.sponsorship, { transaction, limits, now, deposit, fee, cost, spent })
  const correct = refusal === undefined ? budget.reserve(sender, cost) : () => undefined
  if (refusal === undefined) {
    const failure = await failureOf(payee, transaction)
    refusal = check(rules.preflight, { failure })
    if (refusal !== undefined) correct(0n)
  }
  const bytes = await Transaction.sponsor(raw, payee.currency, payee.account)
  // A transaction that was sent earlier may be on chain already, and then its simulation fails: look for its receipt.
  if (refusal !== undefined && (await chain.findReceipt(keccak256(bytes))) === undefined) return refusal
  return send(bytes, (receipt) => {
    if (receipt.fee !== undefined) correct(withClose(receipt.fee))
  })
}

/** Why a transaction would not succeed, by the node's own word; undefined when it would. */
async function failureOf({ chain }: Payee, { sender, calls, gas }: Transaction.Transaction) {
  try {
    await chain.simulate(sender, calls, gas)
    return undefined
  } catch (error) {
    // An unreachable node is an error of the caller; an error that the node answers means that the transaction would
    // fail.
    if (error instanceof RpcError) return error.message
    throw error
  }
}

async function inTurn<T>(turns: Sponsorship['turns'], key: string, run: () => Promise<T>): Promise<T> {
  const before = turns.get(key)
  const turn = before === undefined ? run() : Promise.allSettled([before]).then(run)
  turns.set(key, turn)
  try {
    return await turn
  } finally {
    if (turns.get(key) === turn) turns.delete(key)
  }
}
