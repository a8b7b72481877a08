/**
 * What a random run does, as plain data that shrinks: people by number or by their part in a channel, amounts by
 * their distance from a figure of the channel. `toRequest` gives them meaning in the ledger of the moment.
 */

import { type Address, type Bytes32, type Hex, zeroAddress, zeroBytes32 } from '../../../src/codec/hex.ts'
import type { Descriptor } from '../../../src/contracts/descriptor.ts'
import { pathUsd } from '../../../src/contracts/token.ts'
import type { Contract } from './contract.ts'
import type { Account, Oracle } from './oracle.ts'
import type { Method, Request, Voucher } from './request.ts'
import { people } from './signatures.ts'

/** A person by number, or by a part in the channel the call is about; 'zero' and 'contract' are addresses. */
export type Who = number | 'payer' | 'payee' | 'operator' | 'signer' | 'zero' | 'contract' | 'token'
/** An amount: a figure of the channel, plus a little. */
export interface Amount {
  from: 'zero' | 'settled' | 'deposit' | 'room' | 'max' | 'half' | 'balance'
  plus: number
}

export interface OpenAction {
  do: 'open'
  sender: number
  payee: Who
  operator: Who
  signer: Who
  token: number
  salt: number
  deposit: Amount
}
/** The payer opens a channel on the same terms again, perhaps in the same transaction. */
export interface ReopenAction {
  do: 'reopen'
  channel: number
  deposit: Amount
}
export interface CallAction {
  do: Exclude<Method, 'open'>
  sender: Who
  /** Which channel, counted from the newest. */
  channel: number
  amount: Amount
  capture: Amount
  voucher: { by: Who; form: Voucher['form']; amount?: Amount; channel?: number }
  /** One member of the descriptor replaced by a stranger's. */
  forged?: 'payer' | 'payee' | 'operator' | 'authorizedSigner' | 'expiringNonceHash'
}
export type Action =
  | OpenAction
  | ReopenAction
  | CallAction
  /** Time passes: a number of seconds, or until so many from the end of a channel's grace. */
  | { do: 'wait'; seconds: number; channel?: number }
  /** The next calls are in another transaction; without a hash nothing can be opened. */
  | { do: 'transaction'; hash: boolean }
  | { do: 'approve'; owner: number; token: number; amount: Amount }
  | { do: 'transfer'; from: number; to: Who; token: number; amount: Amount }
  | { do: 'policy'; who: Who; token: number; role: 'send' | 'receive'; allowed: boolean }
  | { do: 'pause'; token: number; paused: boolean }

/** Two tokens, and an account that is none. */
export const tokens: readonly Address[] = [
  pathUsd,
  '0x20c0000000000000000000000000000000000001',
  `0x${'77'.repeat(20)}`,
]
export const tokenAt = (n: number): Address => tokens[n % tokens.length] as Address

/** Somebody's address, seen from a channel. */
export function whoIs(who: Who, descriptor: Descriptor | undefined, contract: Address): Address {
  if (typeof who === 'number') return people[who % people.length] as Address
  if (who === 'zero') return zeroAddress
  if (who === 'contract') return contract
  if (who === 'token') return pathUsd
  if (descriptor === undefined) return zeroAddress
  if (who !== 'signer') return descriptor[who]
  return descriptor.authorizedSigner === zeroAddress ? descriptor.payer : descriptor.authorizedSigner
}

/** An amount between 0 and `limit`, seen from a channel and its payer's balance. */
export function amountOf(
  { from, plus }: Amount,
  account: Account | undefined,
  balance: bigint,
  contract: Contract,
  limit: bigint,
): bigint {
  const { paidIn = 0n, paidOut = 0n } = account ?? {}
  const figures = {
    zero: 0n,
    settled: paidOut,
    deposit: paidIn,
    room: contract.maxDeposit - paidIn,
    max: limit,
    half: (paidIn + paidOut) / 2n,
    balance,
  }
  const amount = figures[from] + BigInt(plus)
  return amount < 0n ? 0n : amount > limit ? limit : amount
}

/** The channel an action means; undefined when there is none yet. */
export function accountAt(oracle: Oracle, channel: number): Account | undefined {
  const all = [...oracle.accounts.values()]
  return all[all.length - 1 - (channel % Math.max(all.length, 1))]
}

/** A random call to a request, unsigned. */
export function toRequest(
  action: OpenAction | ReopenAction | CallAction,
  oracle: Oracle,
  contract: Contract,
): Request {
  if (action.do === 'open') return openRequest(termsOf(action, contract), action.deposit, oracle, contract)
  if (action.do !== 'reopen') return callRequest(action, oracle, contract)
  const { descriptor } = accountAt(oracle, action.channel) ?? { descriptor: nobody }
  return openRequest(descriptor, action.deposit, oracle, contract)
}

const unsigned: Hex = '0x'

/** What an open names, but for the transaction. */
function termsOf(action: OpenAction, { address }: Contract): Descriptor {
  const payer = whoIs(action.sender, undefined, address)
  const named = (who: Who) => whoIs(who, { ...nobody, payer }, address)
  return {
    payer,
    payee: named(action.payee),
    operator: named(action.operator),
    token: tokenAt(action.token),
    salt: word(action.salt),
    authorizedSigner: named(action.signer),
    expiringNonceHash: zeroBytes32,
  }
}

function openRequest(terms: Descriptor, deposit: Amount, oracle: Oracle, contract: Contract): Request {
  const { payer, token } = terms
  const descriptor = { ...terms, expiringNonceHash: oracle.transaction ?? zeroBytes32 }
  const balance = oracle.balances.get(`${token}|${payer}`) ?? 0n
  const amount = amountOf(deposit, undefined, balance, contract, contract.maxDeposit)
  const voucher: Voucher = { by: payer, on: descriptor, cumulativeAmount: 0n, form: 'garbage' }
  return { method: 'open', sender: payer, descriptor, amount, capture: 0n, voucher, signature: unsigned }
}

function callRequest(action: CallAction, oracle: Oracle, contract: Contract): Request {
  const account = accountAt(oracle, action.channel)
  const genuine = account?.descriptor ?? nobody
  const balance = oracle.balances.get(`${genuine.token}|${genuine.payer}`) ?? 0n
  const of = (amount: Amount, limit: bigint) => amountOf(amount, account, balance, contract, limit)
  const sender = whoIs(action.sender, genuine, contract.address)
  const amount = of(action.amount, action.do === 'topUp' ? contract.maxTopUp : contract.maxDeposit)
  const { by, form } = action.voucher
  const descriptor = action.forged === undefined ? genuine : forge(genuine, action.forged, sender)
  const voucher: Voucher = {
    by: whoIs(by, genuine, contract.address),
    on:
      action.voucher.channel === undefined
        ? descriptor
        : (accountAt(oracle, action.voucher.channel)?.descriptor ?? descriptor),
    cumulativeAmount:
      action.voucher.amount === undefined ? amount : of(action.voucher.amount, contract.maxDeposit),
    form,
  }
  const capture = of(action.capture, contract.maxDeposit)
  return { method: action.do, sender, descriptor, amount, capture, voucher, signature: unsigned }
}

/** The sender puts themselves, or another transaction, where they would like to be. */
const forge = (
  descriptor: Descriptor,
  member: NonNullable<CallAction['forged']>,
  sender: Address,
): Descriptor => ({
  ...descriptor,
  [member]: member === 'expiringNonceHash' ? word(9_999_999) : sender,
})

export const word = (n: number): Bytes32 => `0x${n.toString(16).padStart(64, '0')}`

const nobody: Descriptor = {
  payer: zeroAddress,
  payee: zeroAddress,
  operator: zeroAddress,
  token: pathUsd,
  salt: zeroBytes32,
  authorizedSigner: zeroAddress,
  expiringNonceHash: zeroBytes32,
}
