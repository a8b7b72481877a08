/**
 * Ethereum's own transactions, as wallets that know nothing of Tempo send them: legacy (with EIP-155's chain id),
 * EIP-2930 (0x01) and EIP-1559 (0x02). Read into the same shape as Tempo's: one call, the sequence of nonce key 0,
 * the fee in the default token.
 */
import { DecodeError } from '../codec/decode-error.ts'
import * as Hex from '../codec/hex.ts'
import { keccak256 } from '../keys/keccak.ts'
import * as Signature from '../keys/signature.ts'
import * as AccessList from './access-list.ts'
import * as Rlp from './rlp.ts'
import type { Call, Transaction } from './transaction.ts'

type List = readonly Hex.Hex[]

/** Where each type keeps its items, and how many there are before the signature. */
interface Layout {
  type: '0x0' | '0x1' | '0x2'
  fields: readonly string[]
}
const call = ['to', 'value', 'data'] as const
const layouts: Record<string, Layout> = {
  '0x01': { type: '0x1', fields: ['chainId', 'nonce', 'maxFeePerGas', 'gas', ...call, 'accessList'] },
  '0x02': {
    type: '0x2',
    fields: ['chainId', 'nonce', 'maxPriorityFeePerGas', 'maxFeePerGas', 'gas', ...call, 'accessList'],
  },
}
const legacy: Layout = { type: '0x0', fields: ['nonce', 'maxFeePerGas', 'gas', ...call] }

/** Whether signed bytes are of one of these types. A legacy transaction starts with its list. */
export const isEthereum = (raw: Hex.Hex): boolean =>
  raw.slice(0, 4) in layouts || Number.parseInt(raw.slice(2, 4), 16) >= 0xc0

/** Signed bytes to a transaction. Throws `DecodeError`; a legacy one must name its chain (EIP-155). */
export function decode(raw: Hex.Hex, recoverKey?: Signature.Recover): Transaction {
  const prefix = raw.slice(0, 4)
  const layout = layouts[prefix] ?? legacy
  const list = parse(layout === legacy ? raw : `0x${raw.slice(4)}`, layout)
  const field = (name: string): Hex.Hex => list[layout.fields.indexOf(name)] ?? '0x'
  const [v, r, s] = list.slice(-3) as [Hex.Hex, Hex.Hex, Hex.Hex]
  const { chainId, yParity } = place(layout, field('chainId'), uint(v))

  const items = list.slice(0, -3)
  const payload: Hex.Hex =
    layout === legacy
      ? Rlp.encode([...items, quantity(chainId), '0x', '0x'])
      : `0x${prefix.slice(2)}${Rlp.encode(items).slice(2)}`
  const signature: Signature.Signature = { r: uint(r), s: uint(s), yParity }
  if (!Signature.isCanonical(signature)) throw new DecodeError('out-of-range', 'signature has a high s')
  const sender = Signature.recover(signature, keccak256(payload), recoverKey)
  if (sender === undefined) throw new DecodeError('bad-value', 'sender signature does not recover')

  const made: Call = { value: uint(field('value')), data: field('data') }
  if (field('to') !== '0x') made.to = Hex.address(field('to'))
  const maxFeePerGas = uint(field('maxFeePerGas'))
  const accessList =
    layout === legacy ? [] : AccessList.decode(list[layout.fields.indexOf('accessList')] as Rlp.Item)
  return {
    type: layout.type,
    signature: { r: word(r), s: word(s), v: shown(uint(v)), yParity: shown(BigInt(yParity)) },
    hash: keccak256(raw),
    chainId: Number(chainId),
    sender,
    calls: [made],
    nonceKey: 0n,
    nonce: uint(field('nonce')),
    gas: uint(field('gas')),
    maxFeePerGas,
    maxPriorityFeePerGas: layout.type === '0x2' ? uint(field('maxPriorityFeePerGas')) : maxFeePerGas,
    feePayer: 'sender',
    ...(accessList.length === 0 ? {} : { accessList }),
    expiringNonceHash: keccak256(`${payload}${sender.slice(2)}`),
  }
}

function parse(rlp: Hex.Hex, { fields }: Layout): List {
  const list = Rlp.decode(rlp)
  if (list.length !== fields.length + 3)
    throw new DecodeError('bad-length', `a signed transaction of this type has ${fields.length + 3} items`)
  const accessList = fields.indexOf('accessList')
  if (list.some((item, i) => Array.isArray(item) !== (i === accessList)))
    throw new DecodeError('wrong-type', 'a transaction holds values, and one access list')
  return list as List
}

/** The chain and the parity: typed transactions say both, legacy ones hide them in v. */
function place({ type }: Layout, chainId: Hex.Hex, v: bigint): { chainId: bigint; yParity: 0 | 1 } {
  if (type === '0x0' && v < 35n) throw new DecodeError('bad-value', 'transaction names no chain (EIP-155)')
  const parity = type === '0x0' ? (v - 35n) % 2n : v
  if (parity > 1n) throw new DecodeError('bad-value', 'yParity must be 0 or 1')
  return {
    chainId: type === '0x0' ? (v - 35n) / 2n : uint(chainId),
    yParity: parity === 0n ? 0 : 1,
  }
}

/** Numbers have at most 32 bytes. */
function uint(hex: Hex.Hex): bigint {
  if (hex.length > 66) throw new DecodeError('out-of-range', 'number over 32 bytes')
  return hex === '0x' ? 0n : BigInt(hex)
}

const word = (hex: Hex.Hex): Hex.Hex => `0x${hex.slice(2).padStart(64, '0')}`
const shown = (value: bigint): Hex.Hex => `0x${value.toString(16)}`

/** RLP has no leading zeros: zero is the empty text. */
function quantity(value: bigint): Hex.Hex {
  const digits = value === 0n ? '' : value.toString(16)
  return `0x${digits.length % 2 === 0 ? '' : '0'}${digits}`
}
