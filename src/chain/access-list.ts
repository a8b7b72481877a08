/** Access lists (EIP-2930): storage a transaction says it will touch, and pays for whether it does or not. */
import { DecodeError } from '../codec/decode-error.ts'
import * as Hex from '../codec/hex.ts'
import type { Item } from './rlp.ts'

/** One account's part of it. */
export interface AccessEntry {
  address: Hex.Address
  storageKeys: readonly Hex.Bytes32[]
}

/** What entry and key cost, in gas. */
const gasPerAddress = 2_400n
const gasPerKey = 1_900n

/** An item of a transaction to the list it is. Throws `DecodeError`. */
export function decode(item: Item | undefined): AccessEntry[] {
  if (!Array.isArray(item)) throw new DecodeError('wrong-type', 'an access list is a list')
  return item.map((entry: Item) => {
    const [address, keys, ...more] = Array.isArray(entry) ? entry : []
    if (typeof address !== 'string' || !Array.isArray(keys) || more.length > 0)
      throw new DecodeError('wrong-type', 'an entry of an access list is [address, keys]')
    return { address: Hex.address(address), storageKeys: keys.map((key) => Hex.bytes32(key)) }
  })
}

/** A list to the item of a transaction. */
export const encode = (list: readonly AccessEntry[]): Item =>
  list.map(({ address, storageKeys }) => [address, [...storageKeys]])

/** What a list costs its fee payer, in gas. */
export const gasOf = (list: readonly AccessEntry[]): bigint =>
  list.reduce((sum, { storageKeys }) => sum + gasPerAddress + gasPerKey * BigInt(storageKeys.length), 0n)
