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
}

/** An allowance of this size is never used up. */
export const unlimited = 2n ** 256n - 1n

/** Moves tokens; the caller has already established the right to do so. */
export function transfer(
  view: TokenView,
  { token, from, to, amount }: Transfer,
): TokenEffect | ChannelRevert {
  if (BigInt(to) === 0n || isTip20(to)) return revert('InvalidRecipient')
  if (!view.mayTransfer(token, from, 'send') || !view.mayTransfer(token, to, 'receive'))
    return revert('PolicyForbids')
  const available = view.balance(token, from)
  if (available < amount) return revert('InsufficientBalance', available, amount, token)
  const balances =
    from === to
      ? []
      : [
          { token, holder: from, balance: available - amount },
          { token, holder: to, balance: view.balance(token, to) + amount },
        ]
  return { balances, allowances: [], events: [{ name: 'Transfer', token, from, to, amount }] }
}

/** Sets an allowance. */
export const approve = (token: Address, owner: Address, spender: Address, amount: bigint): TokenEffect => ({
  balances: [],
  allowances: [{ token, owner, spender, amount }],
  events: [{ name: 'Approval', token, owner, spender, amount }],
})

/** Moves tokens on an allowance. */
export function transferFrom(view: TokenView, spender: Address, move: Transfer): TokenEffect | ChannelRevert {
  const allowed = view.allowance(move.token, move.from, spender)
  if (allowed < move.amount) return revert('InsufficientAllowance')
  const effect = transfer(view, move)
  if ('revert' in effect || allowed === unlimited) return effect
  const allowance = { token: move.token, owner: move.from, spender, amount: allowed - move.amount }
  return { ...effect, allowances: [allowance] }
}
