/** Rules on one-off payments: charge intent draft, "Server Responsibilities"; tempo charge draft, its verification sections. */
import type { Receipt } from '../../../chain/client.ts'
import type { Transaction } from '../../../chain/transaction.ts'
import { DecodeError } from '../../../codec/decode-error.ts'
import type { Recover } from '../../../keys/signature.ts'
import * as Challenge from '../../wire/challenge.ts'
import { type Refusal, refuse } from '../../wire/problem.ts'
import * as Proof from '../../wire/proof.ts'
import * as Source from '../../wire/source.ts'
import type { Request, Transfer } from '../../wire/tempo-charge.ts'
import * as TempoCharge from '../../wire/tempo-charge.ts'
import type { UseRecord } from '../store/charges.ts'
import { challengeRules, type EchoInput } from './challenge.ts'
import type { RuleTable } from './rule.ts'

const wrong = (detail: string) => refuse('verification-failed', detail)

export interface ChargeChallengeInput extends EchoInput {
  /** What the echo's `request` says; undefined when it is no tempo charge. */
  asked: Request | undefined
  /** What this resource asks for. */
  offered: Request
  /** The operation the challenge was issued for, where one URL has several. */
  operation: string | undefined
}

export const chargeChallengeRules = {
  issuedHere: challengeRules.issuedHere,
  sameRealm: challengeRules.sameRealm,
  selectedField: challengeRules.selectedField,
  supportedMethod: ({ echo }) =>
    echo.method === 'tempo' && echo.intent === 'charge'
      ? undefined
      : refuse('method-unsupported', 'this resource is paid with a tempo charge'),
  expires: challengeRules.expires,
  /** CHG-005. */
  notExpired: challengeRules.notExpired,
  /** CORE-BIND-013: what was asked must be what this resource asks. */
  samePrice: ({ asked, offered }) =>
    asked !== undefined && sameTerms(asked, offered)
      ? undefined
      : refuse('invalid-challenge', 'the challenge was issued for other terms than this resource has'),
  /** MCP-CHAL-008. */
  sameOperation: ({ echo, operation }) =>
    operationOf(echo) === operation
      ? undefined
      : refuse('invalid-challenge', 'the challenge was issued for another operation'),
  sameBody: challengeRules.sameBody,
} satisfies RuleTable<ChargeChallengeInput>

/** The memo is new in each challenge. Amount, recipient, token, chain and fee payer must be those of this resource. */
function sameTerms(asked: Request, offered: Request): boolean {
  const a = asked.methodDetails
  const b = offered.methodDetails
  return (
    asked.amount === offered.amount &&
    asked.currency === offered.currency &&
    asked.recipient === offered.recipient &&
    a?.chainId === b?.chainId &&
    a?.feePayer === b?.feePayer
  )
}

/** Member of a challenge's `opaque` that names the operation it was issued for. */
export const operationMember = 'operation'

function operationOf(echo: ChargeChallengeInput['echo']): string | undefined {
  return echo.opaque === undefined ? undefined : Challenge.opaque(echo.opaque)[operationMember]
}

export interface TransferInput {
  asked: Request
  transaction: Transaction
  /** Transfers of the asked currency its calls make. */
  transfers: readonly Transfer[]
  chainId: number
}

/** Before a payer's transaction is sponsored or broadcast: "Transaction Verification". */
export const transferRules = {
  somethingToPay: ({ asked }) =>
    asked.amount > 0n ? undefined : wrong('a zero amount is answered by a proof'),
  pullOffered: ({ asked }) =>
    offers(asked, 'pull') ? undefined : wrong('this challenge is paid by the payer broadcasting'),
  rightChain: ({ transaction, chainId }) =>
    transaction.chainId === chainId ? undefined : wrong('the transaction is for another chain'),
  /** CHG-006, readings P1 and P2. */
  paysWhatWasAsked: ({ asked, transfers }) =>
    TempoCharge.covers(transfers, TempoCharge.transfersOf(asked))
      ? undefined
      : wrong('the transaction does not make the transfer that was asked for'),
  /** More calls would be sponsored too. */
  nothingElseSponsored: ({ asked, transaction, transfers }) =>
    asked.methodDetails?.feePayer !== true ||
    (transaction.calls.length === transfers.length &&
      transfers.length === TempoCharge.transfersOf(asked).length)
      ? undefined
      : wrong('a sponsored transaction makes no other calls'),
  feeArranged: ({ asked, transaction }) =>
    (transaction.feePayer === 'awaited') === (asked.methodDetails?.feePayer === true)
      ? undefined
      : wrong('the fee is not left to whom the challenge names'),
} satisfies RuleTable<TransferInput>

/** A transaction that is handed over has not been used anywhere (CHG-004). */
export const handedOverRules = {
  notSentBefore: ({ replayed }) =>
    replayed ? wrong('the transaction was on chain before it was handed over') : undefined,
} satisfies RuleTable<{ replayed: boolean }>

export interface TransferredInput {
  asked: Request
  /** Whether the payer broadcast it. */
  pushed: boolean
  receipt: Receipt
  /** Transfers of the asked currency its logs tell of. */
  transfers: readonly Transfer[]
}

/** What the chain says of the transaction: "Hash Verification". */
export const transferredRules = {
  somethingToPay: ({ asked }) =>
    asked.amount > 0n ? undefined : wrong('a zero amount is answered by a proof'),
  pushOffered: ({ asked, pushed }) =>
    !pushed || offers(asked, 'push')
      ? undefined
      : wrong('this challenge is paid by handing the transaction over'),
  succeeded: ({ receipt }) => (receipt.success ? undefined : wrong('the transaction reverted')),
  /** CHG-006. */
  paidWhatWasAsked: ({ asked, transfers }) =>
    TempoCharge.covers(transfers, TempoCharge.transfersOf(asked))
      ? undefined
      : wrong('the transaction did not make the transfer that was asked for'),
} satisfies RuleTable<TransferredInput>

/** The sponsor must see the transaction before it is sent, so a sponsored payment cannot be pushed. */
const offers = ({ methodDetails }: Request, mode: TempoCharge.Mode): boolean =>
  (methodDetails?.supportedModes ?? TempoCharge.modes).includes(mode) &&
  (mode === 'pull' || methodDetails?.feePayer !== true)

export interface ProofInput {
  asked: Request
  challengeId: string
  source: string | undefined
  signature: string
  chainId: number
  recoverKey: Recover
}

/** "Proof Verification". */
export const proofRules = {
  /** TCHG-PROOF-002. */
  nothingToPay: ({ asked }) =>
    asked.amount === 0n ? undefined : wrong('a proof pays nothing, and this resource has a price'),
  /** TCHG-PROOF-005, step 1. */
  sourceParses: ({ source }) =>
    parsedSource(source) === undefined ? wrong('a proof names its signer in source') : undefined,
  /** TCHG-PROOF-005, step 2. */
  sourceOnChain: ({ source, chainId }) =>
    parsedSource(source)?.chainId === chainId ? undefined : wrong('the source is on another chain'),
  /** TCHG-PROOF-005, steps 3 and 4. */
  signedBySource: ({ challengeId, source, signature, chainId, recoverKey }) => {
    const parsed = parsedSource(source)
    if (parsed === undefined) return undefined
    return proofRefusal({ challengeId, chainId, source: { ...parsed, chainId }, signature }, recoverKey)
  },
} satisfies RuleTable<ProofInput>

function parsedSource(source: string | undefined): Source.Source | undefined {
  try {
    return source === undefined ? undefined : Source.decode(source)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function proofRefusal(input: Parameters<typeof Proof.verify>[0], recoverKey: Recover): Refusal | undefined {
  try {
    return Proof.verify(input, recoverKey)
  } catch (error) {
    if (error instanceof DecodeError) return wrong(`signature: ${error.message}`)
    throw error
  }
}

export interface UseInput {
  /** What the challenge was used by, or the transaction used for, before. */
  before: UseRecord | undefined
  by: string
}

/** The same payment again: it bought what it was for. */
export const paidAlready: Refusal = refuse('invalid-challenge', 'the challenge has been used')

/** CHG-004, CHG-007: once each. What is pending may be taken up again by the same payment. */
export const useRules = {
  unusedChallenge: ({ before, by }) =>
    before === undefined || (before.state === 'pending' && before.by === by)
      ? undefined
      : before.by === by
        ? paidAlready
        : refuse('invalid-challenge', 'the challenge has been used'),
} satisfies RuleTable<UseInput>

export const transactionUseRules = {
  unusedTransaction: ({ before, by }) =>
    before === undefined || before.by === by
      ? undefined
      : refuse('verification-failed', 'the transaction has paid for another challenge'),
} satisfies RuleTable<UseInput>
