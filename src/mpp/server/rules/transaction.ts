/**
 * Rules on the payer's transaction, before anything is sponsored or broadcast (SESS-FEE-009): tempo session draft,
 * "Open Verification" and "TopUp Verification", step 1.
 */

import type { Transaction } from '../../../chain/transaction.ts'
import * as Descriptor from '../../../contracts/descriptor.ts'
import type { Call } from '../../../contracts/reserve.ts'
import * as Reserve from '../../../contracts/reserve.ts'
import type { Open, TopUp } from '../../wire/payload.ts'
import { refuse } from '../../wire/problem.ts'
import type { Rule, RuleTable } from './rule.ts'

export interface TransactionInput<P extends Open | TopUp = Open | TopUp> {
  payload: P
  descriptor: Descriptor.Descriptor
  transaction: Transaction
  /** The reserve call it makes, when it makes exactly one. */
  call: Call | undefined
  chainId: number
  /** Whether this server pays the fee. */
  sponsoring: boolean
}

const wrong = (detail: string) => refuse('verification-failed', detail)

/** SESS-FEE-001, SESS-FEE-002. */
export const feeArranged: Rule<Pick<TransactionInput, 'transaction' | 'sponsoring'>> = ({
  transaction,
  sponsoring,
}) =>
  (transaction.feePayer === 'awaited') === sponsoring
    ? undefined
    : wrong(
        sponsoring ? 'the transaction does not leave the fee to us' : 'the transaction waits for a fee payer',
      )

const shared = {
  /** CORE: for this chain. */
  rightChain: ({ transaction, chainId }) =>
    transaction.chainId === chainId ? undefined : wrong('the transaction is for another chain'),
  /** SESS-OPEN-002, SESS-TOPUP-004; more calls would be sponsored or precede what is paid for (reading A23). */
  oneReserveCall: ({ transaction, call }) =>
    call !== undefined && transaction.calls.length === 1 && transaction.calls[0]?.to === Reserve.address
      ? undefined
      : wrong('the transaction must make one call, to the channel reserve'),
  /** SESS-OPEN-003. */
  sentByPayer: ({ transaction, descriptor }) =>
    transaction.sender === descriptor.payer ? undefined : wrong('the transaction is not sent by the payer'),
  /** SESS-FEE-001, SESS-FEE-002. */
  feeArranged,
} satisfies RuleTable<TransactionInput>

export const openTransactionRules = {
  ...shared,
  /** SESS-OPEN-002, SESS-OPEN-004. */
  opensDescriptor: ({ call, descriptor }) =>
    call?.type === 'open' &&
    (['payee', 'operator', 'token', 'salt', 'authorizedSigner'] as const).every(
      (name) => call[name] === descriptor[name],
    )
      ? undefined
      : wrong('the transaction opens another channel than the descriptor names'),
  /** SESS-DESC-005, CHAN-ID-003. */
  hashIsDescribed: ({ transaction, descriptor }) =>
    transaction.expiringNonceHash === descriptor.expiringNonceHash
      ? undefined
      : wrong('the descriptor names the hash of another transaction'),
  /** SESS-OPEN-005. */
  signerIsDescribed: ({ payload, descriptor }) =>
    payload.authorizedSigner === undefined || payload.authorizedSigner === descriptor.authorizedSigner
      ? undefined
      : wrong('authorizedSigner is not the one of the descriptor'),
} satisfies RuleTable<TransactionInput<Open>>

export const topUpTransactionRules = {
  ...shared,
  /** SESS-TOPUP-004. */
  topsUpDescriptor: ({ call, descriptor }) =>
    call?.type === 'topUp' && Descriptor.equal(call.descriptor, descriptor)
      ? undefined
      : wrong('the transaction tops up another channel'),
  /** SESS-TOPUP-004. */
  amountIsClaimed: ({ call, payload }) =>
    call?.type === 'topUp' && call.additionalDeposit === payload.additionalDeposit
      ? undefined
      : wrong('the transaction does not deposit what additionalDeposit says'),
} satisfies RuleTable<TransactionInput<TopUp>>

export interface DepositInput {
  payload: Open
  deposit: bigint
  /** Price of one unit. */
  price: bigint
  minDeposit: bigint
}

/** Before broadcasting an open: is the deposit enough, and is the voucher within it? */
export const depositRules = {
  /** SESS-OPEN-010. */
  coversOneUnit: ({ deposit, price }) =>
    deposit >= price ? undefined : refuse('payment-insufficient', 'the deposit does not pay for one unit'),
  /** SESS-DOS-003. */
  overMinimum: ({ deposit, minDeposit }) =>
    deposit >= minDeposit ? undefined : refuse('payment-insufficient', `the least deposit is ${minDeposit}`),
  /** SESS-OPEN-017. */
  coversVoucher: ({ deposit, payload }) =>
    payload.cumulativeAmount <= deposit
      ? undefined
      : refuse('session/amount-exceeds-deposit', 'the initial voucher is above the deposit'),
} satisfies RuleTable<DepositInput>
