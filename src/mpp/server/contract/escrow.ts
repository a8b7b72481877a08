/**
 * v1 channels: the escrow contract. Payloads name their channel by its id alone: an open is known by its transaction,
 * anything later by what the payee remembers. Deposits are pulled on an allowance, so the payer's transaction may
 * approve first.
 */
import { channelContract } from '../../../chain/channel-contract.ts'
import type { ChainClient } from '../../../chain/client.ts'
import type * as Transaction from '../../../chain/transaction.ts'
import { type Address, zeroAddress, zeroBytes32 } from '../../../codec/hex.ts'
import type * as Escrow from '../../../contracts/escrow.ts'
import { decodeCall } from '../../../contracts/escrow-abi.ts'
import type { Open, TopUp } from '../../wire/payload.ts'
import { refuse } from '../../wire/problem.ts'
import { decodeTransaction } from '../actions/broadcast.ts'
import { check } from '../rules/rule.ts'
import type { Asked, Contract } from './contract.ts'

/** The escrow at an address. */
export function escrowContract(chain: ChainClient, address: Address): Contract {
  async function read<P extends Open | TopUp>({ payee, payload, terms }: Asked<P>) {
    const decoded = decodeTransaction(payee, payload.transaction, (transaction) =>
      escrowCall(transaction, address),
    )
    if ('problem' in decoded) return decoded
    const place = { escrow: address, chainId: await chain.chainId() }
    return { ...decoded, payload, place, offered: terms, sponsoring: terms.methodDetails.feePayer === true }
  }

  return {
    ...channelContract(chain, { protocol: 'v1', escrow: address }),
    described: async ({ payload }) =>
      payload.descriptor === undefined
        ? undefined
        : refuse('invalid-payload', 'a v1 payload carries no descriptor'),
    async readOpen(asked) {
      const input = await read(asked)
      if ('problem' in input) return input
      const { call, transaction } = input
      const refusal = check(asked.payee.rules.escrowOpen, input)
      if (refusal !== undefined) return refusal
      if (call?.type !== 'open') return refuse('verification-failed', 'the transaction opens no channel')
      const { payee, token, salt, authorizedSigner, deposit } = call
      const parties = { payer: transaction.sender, payee, token, salt, authorizedSigner }
      return { descriptor: { ...parties, operator: zeroAddress, expiringNonceHash: zeroBytes32 }, deposit }
    },
    async checkTopUp(asked, { descriptor }) {
      const input = await read(asked)
      return 'problem' in input
        ? input
        : check(asked.payee.rules.escrowTopUp, { ...input, payer: descriptor.payer })
    },
  }
}

/** The escrow call a transaction ends with: alone, or after one other call; undefined when it ends otherwise. */
function escrowCall({ calls }: Transaction.Transaction, escrow: Address): Escrow.Call | undefined {
  const last = calls.at(-1)
  return last?.to === escrow && last.value === 0n ? decodeCall(last.data) : undefined
}
