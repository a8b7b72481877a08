/**
 * What is written into Anvil's storage from outside, because a contract cannot know or do it: balances and allowances
 * of TIP-20 tokens, the hash of the enclosing transaction, and how far contract time runs ahead.
 */

import { DecodeError } from '../../codec/decode-error.ts'
import type { Address, Bytes32, Hex } from '../../codec/hex.ts'
import * as Reserve from '../../contracts/reserve.ts'
import { decodeCall } from '../../contracts/reserve-abi.ts'
import { isTip20, unlimited } from '../../contracts/token.ts'
import { keccak256, words } from '../../keys/keccak.ts'
import type { Rpc } from '../rpc.ts'

/** One word of an account's storage. */
export interface Write {
  account: Address
  slot: Bytes32
  value: Bytes32
}

/** Writes a word. */
export async function store(anvil: Rpc, { account, slot, value }: Write): Promise<void> {
  await anvil.request({ method: 'anvil_setStorageAt', params: [account, slot, value] })
}

/** 32 bytes of a number. */
const word = (value: bigint | number): Bytes32 => `0x${value.toString(16).padStart(64, '0')}`

/** Where Solidity keeps `mapping[key]`. */
const entry = (mapping: Bytes32, key: Hex): Bytes32 => keccak256(words(key, mapping))

// Anvil's TIP-20 tokens, hardfork T4.
const tip20Balances = word(9)
const allowances = word(10)
// solidity/AuthorizedToken.sol.
const authorizedBalances = word(0)
const authorizedSupply = word(1)
// solidity/Reserve.sol and Escrow.sol.
const clockOffset = word(0)
const contextHashes = word(1)

/** What an account holds of a TIP-20 token, or of ours of EIP-3009. */
export const balance = (token: Address, holder: Address, amount: bigint): Write => ({
  account: token,
  slot: entry(isTip20(token) ? tip20Balances : authorizedBalances, holder),
  value: word(amount),
})

/** How much there is of our EIP-3009 token. */
export const supply = (token: Address, amount: bigint): Write => ({
  account: token,
  slot: authorizedSupply,
  value: word(amount),
})

export const allowance = (token: Address, owner: Address, spender: Address, amount: bigint): Write => ({
  account: token,
  slot: entry(entry(allowances, owner), spender),
  value: word(amount),
})

export const contextHash = (payer: Address, salt: Bytes32, hash: Bytes32): Write => ({
  account: Reserve.address,
  slot: entry(entry(contextHashes, payer), salt),
  value: hash,
})

/** Contract time of a channel contract runs this many seconds ahead of its blocks. */
export const offset = (contract: Address, seconds: number): Write => ({
  account: contract,
  slot: clockOffset,
  value: word(seconds),
})

/** What must stand in storage before a transaction's calls run: its hash where it opens, allowances where it pays in. */
export function needs(
  sender: Address,
  calls: readonly { to?: Address; data: Hex }[],
  transactionHash: Bytes32,
): Write[] {
  return calls.flatMap(({ to, data }) => {
    const call = to === Reserve.address ? decodedCall(data) : undefined
    if (call?.type === 'open')
      return [contextHash(sender, call.salt, transactionHash), ...pull(call.token, sender)]
    if (call?.type === 'topUp') return pull(call.descriptor.token, sender)
    return []
  })
}

/** The native reserve moves deposits without being allowed to. */
const pull = (token: Address, payer: Address): Write[] =>
  isTip20(token) ? [allowance(token, payer, Reserve.address, unlimited)] : []

function decodedCall(data: Hex): Reserve.Call | undefined {
  try {
    return decodeCall(data)
  } catch (error) {
    // The contract will refuse what it cannot read; nothing needs to be prepared for it.
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
