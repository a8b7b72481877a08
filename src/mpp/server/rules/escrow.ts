/**
 * Rules on a payer's v1 transaction, before anything is sponsored or broadcast: tempo session draft, "Open
 * Verification" and "TopUp Verification", step 1. What a v2 descriptor says, the calldata says here.
 */
import type { Transaction } from '../../../chain/transaction.ts'
import { DecodeError } from '../../../codec/decode-error.ts'
import type { Address } from '../../../codec/hex.ts'
import * as ChannelId from '../../../contracts/channel-id.ts'
import type * as Escrow from '../../../contracts/escrow.ts'
import { abi as tokenAbi } from '../../../contracts/token-abi.ts'
import { voucherSigner } from '../../../contracts/voucher-signer.ts'
import type { Open, TopUp } from '../../wire/payload.ts'
import { refuse } from '../../wire/problem.ts'
import type { SessionRequest } from '../../wire/session-request.ts'
import type { RuleTable } from './rule.ts'
import { feeArranged } from './transaction.ts'

export interface EscrowInput<P extends Open | TopUp = Open | TopUp> {
  payload: P
  transaction: Transaction
  /** The escrow call it ends with, when it ends with one. */
  call: Escrow.Call | undefined
  place: ChannelId.Place
  offered: SessionRequest
  /** Whether this server pays the fee. */
  sponsoring: boolean
}

const wrong = (detail: string) => refuse('verification-failed', detail)

const shared = {
  /** CORE: for this chain. */
  rightChain: ({ transaction, place }) =>
    transaction.chainId === place.chainId ? undefined : wrong('the transaction is for another chain'),
  /** SESS-OPEN-002, SESS-TOPUP-004; more calls would be sponsored or precede what is paid for (reading A23). */
  oneEscrowCall: ({ transaction: { calls }, call, place, offered }) =>
    call !== undefined && (calls.length === 1 || (calls.length === 2 && isApproval(calls[0], place, offered)))
      ? undefined
      : wrong('the transaction must make one call, to the escrow, after at most an approval of it'),
  /** SESS-FEE-001, SESS-FEE-002. */
  feeArranged,
} satisfies RuleTable<EscrowInput>

/** Whether a call approves the escrow, and no other spender, for the token of the offer. */
function isApproval(
  call: Transaction['calls'][number] | undefined,
  { escrow }: ChannelId.Place,
  { currency }: SessionRequest,
): boolean {
  if (call?.to !== currency || call.value !== 0n) return false
  try {
    const { name, args } = tokenAbi.decodeCall(call.data)
    return name === 'approve' && args['spender'] === escrow
  } catch (error) {
    if (error instanceof DecodeError) return false
    throw error
  }
}

export const escrowOpenRules = {
  ...shared,
  /** SESS-OPEN-002. */
  opens: ({ call }) => (call?.type === 'open' ? undefined : wrong('the transaction opens no channel')),
  /** SESS-OPEN-002, SESS-OPEN-008. */
  payeeIsRecipient: ({ call, offered }) =>
    call?.type === 'open' && call.payee === offered.recipient
      ? undefined
      : wrong('the transaction opens a channel to another payee'),
  /** SESS-OPEN-009. */
  tokenIsCurrency: ({ call, offered }) =>
    call?.type === 'open' && call.token === offered.currency
      ? undefined
      : wrong('the transaction deposits another token'),
  /** SESS-OPEN-003, SESS-OPEN-018, SESS-CHID-001: payer and signer are those of the transaction. */
  channelIdIsDerived: ({ payload, call, transaction, place }) =>
    call?.type === 'open' && payload.channelId === ChannelId.v1({ ...call, payer: transaction.sender }, place)
      ? undefined
      : wrong('the channel id does not follow from the transaction'),
  /** The calldata decides; a payload that says otherwise is mistaken. */
  signerIsOpened: ({ payload: { authorizedSigner }, call, transaction: { sender: payer } }) =>
    authorizedSigner === undefined ||
    (call?.type === 'open' &&
      voucherSigner({ payer, authorizedSigner }) ===
        voucherSigner({ payer, authorizedSigner: call.authorizedSigner }))
      ? undefined
      : wrong('authorizedSigner is not the one of the transaction'),
} satisfies RuleTable<EscrowInput<Open>>

export interface EscrowTopUpInput extends EscrowInput<TopUp> {
  /** Of the channel. */
  payer: Address
}

export const escrowTopUpRules = {
  ...shared,
  sentByPayer: ({ transaction, payer }) =>
    transaction.sender === payer ? undefined : wrong('the transaction is not sent by the payer'),
  /** SESS-TOPUP-004. */
  topsUpChannel: ({ call, payload }) =>
    call?.type === 'topUp' && call.channelId === payload.channelId
      ? undefined
      : wrong('the transaction tops up another channel'),
  /** SESS-TOPUP-004. */
  amountIsClaimed: ({ call, payload }) =>
    call?.type === 'topUp' && call.additionalDeposit === payload.additionalDeposit
      ? undefined
      : wrong('the transaction does not deposit what additionalDeposit says'),
} satisfies RuleTable<EscrowTopUpInput>
