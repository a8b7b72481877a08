/** Reads JSON-RPC parameters. Everything throws `RpcError` -32602 for what does not fit. */
import * as Hex from '../../codec/hex.ts'
import type { AccessEntry } from '../access-list.ts'
import { invalidParams, RpcError } from '../rpc.ts'

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new RpcError(invalidParams, 'expected a string')
  return value
}

export function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RpcError(invalidParams, 'expected an object')
  return value as Record<string, unknown>
}

/** A list; nothing is the empty one. */
export function list(value: unknown): unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new RpcError(invalidParams, 'expected a list')
  return value
}

export const address = (value: unknown): Hex.Address => Hex.address(text(value))
export const bytes32 = (value: unknown): Hex.Bytes32 => Hex.bytes32(text(value))
export const bytes = (value: unknown): Hex.Hex => Hex.normalize(text(value))

/** A whole number from 0, as a number, a 0x-quantity or decimal text. */
export function integer(value: unknown, max = Number.MAX_SAFE_INTEGER): number {
  const number = typeof value === 'string' && /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0 || number > max)
    throw new RpcError(invalidParams, `expected a whole number from 0 to ${max}`)
  return number
}

/** An amount: like `integer`, up to a uint256. */
export function amount(value: unknown): bigint {
  if (typeof value === 'string' && /^(0x[0-9a-fA-F]{1,64}|[0-9]{1,77})$/.test(value)) return BigInt(value)
  return BigInt(integer(value))
}

export function boolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new RpcError(invalidParams, 'expected true or false')
  return value
}

/** A block by tag, number or `{blockNumber}`, to its number. */
export function blockNumber(head: number, first: number, tag: unknown): number {
  if (tag === undefined || tag === null) return head
  if (tag === 'latest' || tag === 'pending' || tag === 'safe' || tag === 'finalized') return head
  if (tag === 'earliest') return first
  const number = typeof tag === 'object' ? (tag as Record<string, unknown>)['blockNumber'] : tag
  if (typeof number !== 'string' || !/^0x[0-9a-fA-F]{1,12}$/.test(number))
    throw new RpcError(invalidParams, 'bad block')
  return Number(number)
}

/** An eth_call request: one call, or Tempo's list of them. */
export function callRequest(value: unknown): {
  sender: Hex.Address
  calls: { to?: Hex.Address; data: Hex.Hex }[]
  accessList: AccessEntry[]
  /** Gas limit, where the request has one. */
  gas: bigint | undefined
} {
  const request = object(value)
  const several = Array.isArray(request['calls']) && request['calls'].length > 0
  const calls = (several ? (request['calls'] as unknown[]) : [request]).map((entry) => {
    const call = object(entry)
    const data = bytes(call['data'] ?? call['input'] ?? '0x')
    return call['to'] === undefined || call['to'] === null ? { data } : { to: address(call['to']), data }
  })
  const gas = request['gas'] === undefined || request['gas'] === null ? undefined : amount(request['gas'])
  const accessList = list(request['accessList']).map(accessEntry)
  return { sender: address(request['from'] ?? Hex.zeroAddress), calls, accessList, gas }
}

function accessEntry(value: unknown): AccessEntry {
  const entry = object(value)
  return { address: address(entry['address']), storageKeys: list(entry['storageKeys']).map(bytes32) }
}
