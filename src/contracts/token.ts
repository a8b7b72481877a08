/**
 * The TIP-20 token rules the channel contracts rest on: balances, allowances, transfers, and the transfer policy
 * as far as the contracts see it. Pure: a view of the state in, writes and events or a revert out.
 */
import type { Address } from '../codec/hex.ts'
import { type ChannelRevert, revert } from './revert.ts'

/** TIP-20 tokens have addresses with this prefix. They can be tokens of a channel, and receive nothing themselves. */
export const isTip20 = (account: Address): boolean => account.startsWith('0x20c000000000000000000000')

/** The token used unless another is named. */
export const pathUsd: Address = '0x20c0000000000000000000000000000000000000'

/** What a token rule may read. */
export interface TokenView {
  balance(token: Address, holder: Address): bigint
  allowance(token: Address, owner: Address, spender: Address): bigint
  /** TIP-403: whether the account may send or receive the token. */
  mayTransfer(token: Address, account: Address, role: 'send' | 'receive'): boolean
  /** Whether the issuer has stopped all transfers. */
  isPaused(token: Address): boolean
}

export type TokenEvent =
  | { name: 'Transfer'; token: Address; from: Address; to: Address; amount: bigint }
  | { name: 'Approval'; token: Address; owner: Address; spender: Address; amount: bigint }

/** What a token call does when it does not revert. */
export interface TokenEffect {
  balances: readonly { token: Address; holder: Address; balance: bigint }[]
  allowances: readonly { token: Address; owner: Address; spender: Address; amount: bigint }[]
  events: readonly TokenEvent[]
}

export interface Transfer {
  token: Address
  from: Address
  to: Address
  amount: bigint
  /** Whose allowance is used; absent when the sender, or the protocol itself, moves the tokens. */
  spender?: Address
}

/** A transfer a channel contract asks for. */
export interface Move extends Transfer {
  /**
   * Whose transfer policy decides, where it is not that of the two the tokens move between: the payer must be allowed to
   * send and the payee to receive, whoever holds the tokens meanwhile; a refund is exempt (TIP-1034 and TIP-1095).
   */
  policy?: { payer: Address; payee: Address } | 'exempt'
}

/** An allowance of this size is never used up. */
export const unlimited = 2n ** 256n - 1n

/** Moves tokens. The checks stand in the order of the node's precompile: pause, recipient, policy, allowance, balance. */
export const transfer = (view: TokenView, move: Transfer): TokenEffect | ChannelRevert =>
  moved(view, move, mayMove(view, move.token, move.from, move.to))

const mayMove = (view: TokenView, token: Address, from: Address, to: Address): boolean =>
  view.mayTransfer(token, from, 'send') && view.mayTransfer(token, to, 'receive')

function moved(
  view: TokenView,
  { token, from, to, amount, spender }: Transfer,
  allowedByPolicy: boolean,
): TokenEffect | ChannelRevert {
  if (view.isPaused(token)) return revert('ContractPaused')
  if (BigInt(to) === 0n || isTip20(to)) return revert('InvalidRecipient')
  if (!allowedByPolicy) return revert('PolicyForbids')
  const allowed = spender === undefined ? unlimited : view.allowance(token, from, spender)
  if (allowed < amount) return revert('InsufficientAllowance')
  const available = view.balance(token, from)
  if (available < amount) return revert('InsufficientBalance', available, amount, token)
  return {
    balances:
      from === to
        ? []
        : [
            { token, holder: from, balance: available - amount },
            { token, holder: to, balance: view.balance(token, to) + amount },
          ],
    allowances:
      spender === undefined || allowed === unlimited
        ? []
        : [{ token, owner: from, spender, amount: allowed - amount }],
    events: [{ name: 'Transfer', token, from, to, amount }],
  }
}

/** Moves tokens for a channel contract. The policy of the path from payer to payee is asked before all else. */
export function move(view: TokenView, wanted: Move): TokenEffect | ChannelRevert {
  const { token, policy } = wanted
  if (policy === undefined) return transfer(view, wanted)
  if (policy !== 'exempt' && !mayMove(view, token, policy.payer, policy.payee)) return revert('PolicyForbids')
  return moved(view, wanted, true)
}

/** Sets an allowance. */
export const approve = (token: Address, owner: Address, spender: Address, amount: bigint): TokenEffect => ({
  balances: [],
  allowances: [{ token, owner, spender, amount }],
  events: [{ name: 'Approval', token, owner, spender, amount }],
})
