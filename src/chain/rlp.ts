/**
 * RLP lists of transactions, as strangers send them: nested no deeper than a transaction is, and in their one shortest
 * form, because two texts of one transaction would have two hashes.
 */
import * as Rlp from 'ox/Rlp'
import { DecodeError } from '../codec/decode-error.ts'
import type * as Hex from '../codec/hex.ts'

export type Item = Hex.Hex | readonly Item[]
export type List = readonly Item[]

/** Lists within lists that are read: the deepest of a transaction is a signed key authorization with its limits. */
export const maxDepth = 16

/** Bytes to the list they are. Throws `DecodeError` for anything else, for bytes after it, and for deeper nesting. */
export function decode(rlp: Hex.Hex): List {
  // The reader calls itself for each level: how deep it goes is decided before.
  if (depthOf(rlp) > maxDepth) throw new DecodeError('too-large', `RLP nests over ${maxDepth} lists`)
  let item: Item
  try {
    item = Rlp.toHex(rlp) as Item
  } catch (cause) {
    throw new DecodeError('bad-syntax', 'not RLP', { cause })
  }
  if (typeof item === 'string') throw new DecodeError('bad-length', 'RLP of a value where a list is expected')
  if (encode(item) !== rlp)
    throw new DecodeError('non-canonical', 'bytes after the list, or RLP that is not in its shortest form')
  return item
}

/** A list to its bytes. */
export const encode = (list: List): Hex.Hex => Rlp.fromHex(list as never)

/** How deep lists nest, as far as the lengths make sense; one more than is read where that is passed. */
function depthOf(rlp: Hex.Hex): number {
  const byte = (at: number) => Number.parseInt(rlp.slice(2 + 2 * at, 4 + 2 * at), 16)
  const size = (rlp.length - 2) / 2
  const ends: number[] = []
  let deepest = 0
  for (let at = 0; at < size && deepest <= maxDepth; ) {
    while (ends.length > 0 && at >= (ends.at(-1) as number)) ends.pop()
    const first = byte(at)
    const isList = first >= 0xc0
    // Lengths up to 55 stand in the first byte, longer ones in the bytes after it.
    const short = first - (isList ? 0xc0 : 0x80)
    const lengthBytes = Math.max(short - 55, 0)
    const length =
      first < 0x80
        ? 0
        : lengthBytes === 0
          ? short
          : Number.parseInt(rlp.slice(4 + 2 * at, 4 + 2 * (at + lengthBytes)), 16)
    const start = at + 1 + lengthBytes
    if (isList) {
      ends.push(start + length)
      deepest = Math.max(deepest, ends.length)
      at = start
    } else at = start + length
    if (Number.isNaN(at)) break
  }
  return deepest
}
