/** v2 channels: the reserve of TIP-1034. Payloads describe their channel in full. */
import { channelContract } from '../../../chain/channel-contract.ts'
import type { ChainClient } from '../../../chain/client.ts'
import type * as Transaction from '../../../chain/transaction.ts'
import * as Reserve from '../../../contracts/reserve.ts'
import { decodeCall } from '../../../contracts/reserve-abi.ts'
import type { Open, TopUp } from '../../wire/payload.ts'
import { type Refusal, refuse } from '../../wire/problem.ts'
import { decodeTransaction } from '../actions/broadcast.ts'
import { check } from '../rules/rule.ts'
import type { Asked, Contract } from './contract.ts'

/** The reserve on a chain. */
export function reserveContract(chain: ChainClient): Contract {
  const place = async () => ({ escrow: Reserve.address, chainId: await chain.chainId() })

  async function read<P extends Open | TopUp>({ payee, payload, terms }: Asked<P>) {
    const decoded = decodeTransaction(payee, payload.transaction, reserveCall)
    if ('problem' in decoded) return decoded
    const { chainId } = await place()
    return { ...decoded, payload, chainId, sponsoring: terms.methodDetails.feePayer === true }
  }

  const contract: Contract = {
    ...channelContract(chain, { protocol: 'v2', escrow: Reserve.address }),
    async described({ payee, payload, terms }) {
      const { descriptor } = payload
      if (descriptor === undefined) return refuse('invalid-payload', 'a v2 payload carries a descriptor')
      const input = { payload, descriptor, offered: terms, place: await place() }
      return check(payee.rules.descriptor, input) ?? descriptor
    },
    async readOpen(asked) {
      const descriptor = await contract.described(asked)
      if (descriptor === undefined || 'problem' in descriptor) return descriptor as Refusal
      const input = await read(asked)
      if ('problem' in input) return input
      const refusal = check(asked.payee.rules.openTransaction, { ...input, descriptor })
      const deposit = input.call?.type === 'open' ? input.call.deposit : 0n
      return refusal ?? { descriptor, deposit }
    },
    async checkTopUp(asked, { descriptor }) {
      const input = await read(asked)
      if ('problem' in input) return input
      return check(asked.payee.rules.topUpTransaction, {
        ...input,
        descriptor: asked.payload.descriptor ?? descriptor,
      })
    },
  }
  return contract
}

/** The reserve call a transaction begins with; undefined when it calls something else. */
function reserveCall({ calls: [first] }: Transaction.Transaction): Reserve.Call | undefined {
  return first?.to === Reserve.address && first.value === 0n ? decodeCall(first.data) : undefined
}
