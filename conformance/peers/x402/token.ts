/** What the chain says of payments: which authorizations were used, and what an account holds. */
import type { ChainClient } from '../../../src/chain/client.ts'
import { RpcError } from '../../../src/chain/rpc.ts'
import type { Address, Bytes32, Hex } from '../../../src/codec/hex.ts'
import { abi } from '../../../src/contracts/transfer-authorization-abi.ts'
import { Blocked } from '../../kit/verdict.ts'

/** A token on a chain. */
export interface Token {
  address: Address
  isUsed(authorizer: Address, nonce: Bytes32): Promise<boolean>
  balance(account: Address): Promise<bigint>
}

/** Asks a token. Throws `Blocked` where it does not answer: what a server asks in may be no token that can be paid so. */
async function asked(chain: ChainClient, token: Address, data: Hex): Promise<Hex> {
  try {
    return await chain.call(token, data)
  } catch (error) {
    if (error instanceof RpcError)
      throw new Blocked(`${token}, which is asked for, says nothing of authorizations: ${error.message}`)
    throw error
  }
}

export function tokenAt(chain: ChainClient, address: Address): Token {
  return {
    address,
    async isUsed(authorizer, nonce) {
      const answer = await asked(chain, address, abi.encodeCall('authorizationState', { authorizer, nonce }))
      if (answer === '0x') throw new Blocked(`${address}, which is asked for, is no token`)
      return BigInt(answer) !== 0n
    },
    balance: (account) => chain.balance(address, account),
  }
}
