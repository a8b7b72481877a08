/** v1 escrow calls on the memory chain: the pure reducer, with its channel read and written and its tokens moved. */

import { DecodeError } from '../../codec/decode-error.ts'
import { type Address, type Bytes32, type Hex, zeroAddress, zeroBytes32 } from '../../codec/hex.ts'
import * as ChannelId from '../../contracts/channel-id.ts'
import type { Descriptor } from '../../contracts/descriptor.ts'
import * as Escrow from '../../contracts/escrow.ts'
import { abi, decodeCall, encodeEvent } from '../../contracts/escrow-abi.ts'
import { isRevert } from '../../contracts/revert.ts'
import * as Token from '../../contracts/token.ts'
import * as Voucher from '../../contracts/voucher.ts'
import { type Execution, ExecutionRevert } from './execution.ts'
import { carryOut } from './token.ts'

const none: Escrow.Channel = {
  payer: zeroAddress,
  payee: zeroAddress,
  token: zeroAddress,
  authorizedSigner: zeroAddress,
  deposit: 0n,
  settled: 0n,
  closeRequestedAt: 0,
  finalized: false,
}

/** A call of the escrow at `escrow` to its return bytes. */
export function escrowCall(execution: Execution, escrow: Address, data: Hex): Hex {
  const call = decodeCall(data)
  return call === undefined ? view(execution, escrow, data) : change(execution, escrow, call)
}

/** Runs an escrow call, with the rules `apply` states. */
export function change(execution: Execution, escrow: Address, call: Escrow.Call, apply = Escrow.apply): Hex {
  const { state } = execution
  const context = contextOf(execution, escrow)
  const id = Escrow.channelId(call, context)
  const effect = apply(state.escrow.get(`${escrow}|${id}`), call, context, id)
  if (isRevert(effect)) throw new ExecutionRevert(effect.revert, abi.encodeError(effect.revert))
  for (const move of effect.moves) carryOut(execution, Token.move(state, move))
  state.escrow.set(`${escrow}|${id}`, effect.channel)
  execution.logs.push(...effect.events.map((event) => encodeEvent(escrow, event)))
  return call.type === 'open' ? abi.encodeResult('open', id) : '0x'
}

function contextOf({ sender, timestamp, chainId, recoverKey }: Execution, escrow: Address): Escrow.Context {
  return {
    sender,
    timestamp,
    chainId,
    escrow,
    isSignedBy: (signer, voucher, signature) => {
      try {
        return Voucher.verify(voucher, domain(escrow, chainId), signature, signer, recoverKey)
      } catch (error) {
        // To a contract, bytes that are no signature are a signature by nobody.
        if (error instanceof DecodeError) return false
        throw error
      }
    },
  }
}

const domain = (escrow: Address, chainId: number): Voucher.Domain => ({ protocol: 'v1', chainId, escrow })

function view({ state, chainId }: Execution, escrow: Address, data: Hex): Hex {
  const { name, args } = abi.decodeCall(data)
  const channel = (id: Bytes32) => state.escrow.get(`${escrow}|${id}`) ?? none
  const result = (): unknown => {
    switch (name) {
      case 'getChannel':
        return channel(args['channelId'] as Bytes32)
      case 'channels': {
        const { finalized, closeRequestedAt, payer, payee, token, authorizedSigner, deposit, settled } =
          channel(args['channelId'] as Bytes32)
        return [finalized, closeRequestedAt, payer, payee, token, authorizedSigner, deposit, settled]
      }
      case 'getChannelsBatch':
        return (args['channelIds'] as Bytes32[]).map(channel)
      case 'computeChannelId':
        return ChannelId.v1(args as unknown as Descriptor, { escrow, chainId })
      case 'getVoucherDigest':
        return Voucher.digest(args as unknown as Voucher.Voucher, domain(escrow, chainId))
      case 'domainSeparator':
        return Voucher.domainSeparator(domain(escrow, chainId))
      case 'eip712Domain':
        return ['0x0f', 'Tempo Stream Channel', '1', BigInt(chainId), escrow, zeroBytes32, []]
      case 'VOUCHER_TYPEHASH':
        return Voucher.typeHash('v1')
      default:
        return BigInt(Escrow.closeGracePeriodSeconds)
    }
  }
  return abi.encodeResult(name, result())
}
