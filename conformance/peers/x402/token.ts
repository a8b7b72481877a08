/** What the chain says of payments: which authorizations were used, and what an account holds. */
import type { ChainClient } from '../../../src/chain/client.ts'
import type { Address, Bytes32 } from '../../../src/codec/hex.ts'
import { abi } from '../../../src/contracts/transfer-authorization-abi.ts'

/** A token on a chain. */
export interface Token {
  address: Address
  isUsed(authorizer: Address, nonce: Bytes32): Promise<boolean>
  balance(account: Address): Promise<bigint>
}

export function tokenAt(chain: ChainClient, address: Address): Token {
  return {
    address,
    async isUsed(authorizer, nonce) {
      const answer = await chain.call(address, abi.encodeCall('authorizationState', { authorizer, nonce }))
      return BigInt(answer) !== 0n
    },
    balance: (account) => chain.balance(address, account),
  }
}
