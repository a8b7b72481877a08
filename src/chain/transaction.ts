/**
 * Tempo transactions (type 0x76): batched calls, expiring nonces, fee tokens and fee payers.
 *
 * The RLP list is handled field by field so that what a sender signed is hashed as it was received. 0x76 is the
 * domain of the sender's signature, 0x78 that of the fee payer's. Cross-checked against ox and viem in the tests.
 * Source: Tempo transaction specification; TIP-1034 for the expiring nonce hash.
 */
import { DecodeError } from '../codec/decode-error.ts'
import * as Hex from '../codec/hex.ts'
import type { Account } from '../keys/account.ts'
import { keccak256 } from '../keys/keccak.ts'
import * as Signature from '../keys/signature.ts'
import { recoverTyped } from '../keys/signature-verifier.ts'
import * as AccessList from './access-list.ts'
import type { Item, List } from './rlp.ts'
import * as Rlp from './rlp.ts'

/** The nonce key of transactions that are valid once until `validBefore` instead of in a sequence. */
export const expiringNonceKey = 2n ** 256n - 1n
/** Largest transaction that is read, in bytes. */
export const maxTransactionBytes = 131_072

export interface Call {
  /** Absent for a contract creation. */
  to?: Hex.Address
  value: bigint
  data: Hex.Hex
}

export interface Transaction {
  hash: Hex.Bytes32
  /** Set for Ethereum's own types, legacy, EIP-2930 and EIP-1559, which make one call; absent for Tempo's 0x76. */
  type?: '0x0' | '0x1' | '0x2'
  /** Those types show their signature. */
  signature?: { r: Hex.Hex; s: Hex.Hex; v: Hex.Hex; yParity?: Hex.Hex }
  chainId: number
  sender: Hex.Address
  calls: readonly Call[]
  nonceKey: bigint
  nonce: bigint
  gas: bigint
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
  /** Seconds since the epoch. */
  validBefore?: number
  validAfter?: number
  feeToken?: Hex.Address
  /** `sender` pays, someone else paid (an address), or a signature is still `awaited`. */
  feePayer: 'sender' | 'awaited' | Hex.Address
  /** Storage whose touching is paid for in advance; absent when there is none. */
  accessList?: readonly AccessList.AccessEntry[]
  /** Set when it also carries EIP-7702 authorizations, or authorizes an access key: both cost gas beside the calls. */
  authorizes?: true
  /** keccak256 of what the sender signed and the sender's address: identifies an open (CHAN-ID-003). */
  expiringNonceHash: Hex.Bytes32
}

/** Names of the RLP list's items, in order. */
const slot = {
  chainId: 0,
  maxPriorityFeePerGas: 1,
  maxFeePerGas: 2,
  gas: 3,
  calls: 4,
  accessList: 5,
  nonceKey: 6,
  nonce: 7,
  validBefore: 8,
  validAfter: 9,
  feeToken: 10,
  feePayer: 11,
  authorizationList: 12,
} as const

/** Signed bytes (0x76…, or 0x78… as handed to a fee payer) to a transaction. Throws `DecodeError`. */
export function decode(raw: Hex.Hex, recoverKey?: Signature.Recover): Transaction {
  const list = parse(raw)
  const unsigned = list.slice(0, -1)
  const signature = list.at(-1)
  if (typeof signature !== 'string' || list.length < 14)
    throw new DecodeError('missing', 'transaction is not signed')

  const payload = signedBytes(unsigned)
  const sender = recoverTyped(keccak256(payload), signature, recoverKey)
  if (sender === undefined) throw new DecodeError('bad-value', 'sender signature does not recover')

  const chainId = uint(list, 'chainId')
  const out: Transaction = {
    hash: keccak256(raw),
    chainId: Number(chainId),
    sender,
    calls: calls(list[slot.calls]),
    nonceKey: uint(list, 'nonceKey'),
    nonce: uint(list, 'nonce'),
    gas: uint(list, 'gas'),
    maxFeePerGas: uint(list, 'maxFeePerGas'),
    maxPriorityFeePerGas: uint(list, 'maxPriorityFeePerGas'),
    feePayer: feePayer(list, sender, recoverKey),
    expiringNonceHash: keccak256(`${payload}${sender.slice(2)}`),
  }
  const accessList = AccessList.decode(list[slot.accessList])
  if (accessList.length > 0) out.accessList = accessList
  // The key authorization is an item of its own, before the signature.
  if (list[slot.authorizationList]?.length !== 0 || list.length > 14) out.authorizes = true
  if (text(list, 'validBefore') !== '0x') out.validBefore = Number(uint(list, 'validBefore'))
  if (text(list, 'validAfter') !== '0x') out.validAfter = Number(uint(list, 'validAfter'))
  if (text(list, 'feeToken') !== '0x') out.feeToken = Hex.address(text(list, 'feeToken'))
  return out
}

/** What a sender asks for. Absent figures are zero. */
export interface TransactionRequest {
  chainId: number
  calls: readonly { to: Hex.Address; data: Hex.Hex; value?: bigint }[]
  gas: bigint
  maxFeePerGas: bigint
  maxPriorityFeePerGas?: bigint
  nonceKey?: bigint
  nonce?: bigint
  validBefore?: number
  validAfter?: number
  feeToken?: Hex.Address
  /** Leaves fee token and fee to a fee payer, who signs after the sender. */
  sponsored?: boolean
  accessList?: readonly AccessList.AccessEntry[]
}

/** A signed transaction, and the hash that identifies a channel it opens. */
export interface Signed {
  raw: Hex.Hex
  expiringNonceHash: Hex.Bytes32
}

/** Signs a request. */
export async function sign(request: TransactionRequest, account: Account): Promise<Signed> {
  const list: List = [
    quantity(request.chainId),
    quantity(request.maxPriorityFeePerGas),
    quantity(request.maxFeePerGas),
    quantity(request.gas),
    request.calls.map(({ to, value, data }) => [to, quantity(value), data]),
    AccessList.encode(request.accessList ?? []),
    quantity(request.nonceKey),
    quantity(request.nonce),
    quantity(request.validBefore),
    quantity(request.validAfter),
    request.sponsored ? '0x' : (request.feeToken ?? '0x'),
    request.sponsored ? '0x00' : '0x',
    [],
  ]
  const payload = signedBytes(list)
  const signature = await account.sign({ hash: keccak256(payload) })
  return {
    raw: encode('0x76', [...list, signature]),
    expiringNonceHash: keccak256(`${payload}${account.address.slice(2).toLowerCase()}`),
  }
}

/** Adds a fee token and the fee payer's signature to a sponsored transaction. The sender's part stays as it was. */
export async function sponsor(raw: Hex.Hex, feeToken: Hex.Address, account: Account): Promise<Hex.Hex> {
  const { sender, feePayer: payer } = decode(raw)
  if (payer !== 'awaited') throw new DecodeError('bad-value', 'transaction does not ask for a fee payer')
  const list = [...parse(raw)]
  list[slot.feeToken] = feeToken
  const signature = Signature.decode(
    await account.sign({ hash: keccak256(sponsoredBytes(list.slice(0, -1), sender)) }),
  )
  list[slot.feePayer] = [quantity(signature.yParity), quantity(signature.r), quantity(signature.s)]
  return encode('0x76', list)
}

/** What the sender signs: a fee payer's choices are blanked out. */
function signedBytes(unsigned: List): Hex.Hex {
  if (unsigned[slot.feePayer] === '0x') return encode('0x76', unsigned)
  const list = [...unsigned]
  list[slot.feeToken] = '0x'
  list[slot.feePayer] = '0x00'
  return encode('0x76', list)
}

/** What a fee payer signs: the sender's address stands where the signature will. */
function sponsoredBytes(unsigned: List, sender: Hex.Address): Hex.Hex {
  const list = [...unsigned]
  list[slot.feePayer] = sender
  return encode('0x78', list)
}

function feePayer(list: List, sender: Hex.Address, recoverKey?: Signature.Recover): Transaction['feePayer'] {
  const item = list[slot.feePayer] as Item
  if (typeof item === 'string') return item === '0x' ? 'sender' : 'awaited'
  const [yParity, r, s] = item.map((part) => (typeof part === 'string' ? part : '0x'))
  const signature = {
    r: toBigInt(r),
    s: toBigInt(s),
    yParity: toBigInt(yParity) === 0n ? (0 as const) : (1 as const),
  }
  const payer = Signature.recover(signature, keccak256(sponsoredBytes(list.slice(0, -1), sender)), recoverKey)
  if (payer === undefined) throw new DecodeError('bad-value', 'fee payer signature does not recover')
  return payer
}

function parse(raw: Hex.Hex): List {
  const hex = Hex.normalize(raw)
  if (hex.length > maxTransactionBytes * 2 + 2)
    throw new DecodeError('too-large', `transaction is over ${maxTransactionBytes} bytes`)
  const type = hex.slice(0, 4)
  if (type !== '0x76' && type !== '0x78')
    throw new DecodeError('bad-value', 'only Tempo transactions (type 0x76) are understood', { at: 0 })
  const list = Rlp.decode(`0x${hex.slice(4)}`)
  if (list.length < 13 || list.length > 15)
    throw new DecodeError('bad-length', 'a Tempo transaction has 13 to 15 items')
  return list
}

function calls(item: Item | undefined): Call[] {
  if (!Array.isArray(item) || item.length === 0) throw new DecodeError('missing', 'transaction has no calls')
  return item.map((call) => {
    if (!Array.isArray(call) || call.length !== 3 || call.some((part) => typeof part !== 'string'))
      throw new DecodeError('wrong-type', 'a call is [to, value, data]')
    const [to, value, data] = call as [Hex.Hex, Hex.Hex, Hex.Hex]
    const out: Call = { value: toBigInt(value), data }
    if (to !== '0x') out.to = Hex.address(to)
    return out
  })
}

function text(list: List, name: keyof typeof slot): Hex.Hex {
  const item = list[slot[name]]
  if (typeof item !== 'string')
    throw new DecodeError('wrong-type', `${name} is not a value`, { path: [name] })
  return item
}

const uint = (list: List, name: keyof typeof slot): bigint => toBigInt(text(list, name))
const toBigInt = (hex: Hex.Hex | undefined): bigint => (hex === undefined || hex === '0x' ? 0n : BigInt(hex))

/** RLP has no leading zeros: zero is the empty text. */
function quantity(value: bigint | number | undefined): Hex.Hex {
  if (value === undefined || BigInt(value) === 0n) return '0x'
  const digits = value.toString(16)
  return `0x${digits.length % 2 === 0 ? '' : '0'}${digits}`
}

const encode = (type: '0x76' | '0x78', list: List): Hex.Hex => `${type}${Rlp.encode(list).slice(2)}`
