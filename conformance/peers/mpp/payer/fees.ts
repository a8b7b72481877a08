/** What a sender's transactions cost during an act, no matter which account paid the fees: read from the blocks. */
import type { Address, Bytes32, Hex } from '../../../../src/codec/hex.ts'
import { Blocked } from '../../../kit/verdict.ts'
import type { Subject } from './subject.ts'

/** A transaction that was mined meanwhile. */
export interface Paid {
  hash: Bytes32
  success: boolean
  /** In base units of the fee token. */
  fee: bigint
}

/** Most blocks that are read: some minutes of a fast chain. */
const maxBlocks = 1_000

/** Does something and answers what was mined of a sender's transactions until it was done. */
export async function minedDuring<T>(
  { options: { chain } }: Subject,
  sender: Address,
  act: () => Promise<T>,
): Promise<{ answer: T; mined: Paid[] }> {
  const head = async () => Number(await chain.rpc.request({ method: 'eth_blockNumber' }))
  const before = await head()
  const answer = await act()
  const after = await head()
  if (after - before > maxBlocks) throw new Blocked(`${after - before} blocks came meanwhile`)
  const mined: Paid[] = []
  for (let number = before + 1; number <= after; number++) {
    const params = [`0x${number.toString(16)}`, true]
    const block = (await chain.rpc.request({ method: 'eth_getBlockByNumber', params })) as Block | null
    for (const { hash, from } of block?.transactions ?? []) {
      if (from.toLowerCase() !== sender) continue
      const receipt = await chain.findReceipt(hash)
      if (receipt?.fee !== undefined) mined.push({ hash, success: receipt.success, fee: receipt.fee })
    }
  }
  return { answer, mined }
}

interface Block {
  transactions: readonly { hash: Bytes32; from: Hex }[]
}

/** The sum of fees. */
export const feesOf = (mined: readonly Paid[]): bigint => mined.reduce((sum, { fee }) => sum + fee, 0n)
