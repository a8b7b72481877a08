/** Reserve calls on the memory chain: the pure reducer, with its slot read and written and its tokens moved. */

import type { Bytes32, Hex } from '../../codec/hex.ts'
import * as ChannelId from '../../contracts/channel-id.ts'
import type { Descriptor } from '../../contracts/descriptor.ts'
import * as Reserve from '../../contracts/reserve.ts'
import { abi, decodeCall, encodeEvent } from '../../contracts/reserve-abi.ts'
import { isRevert } from '../../contracts/revert.ts'
import * as Token from '../../contracts/token.ts'
import * as Voucher from '../../contracts/voucher.ts'
import { recoverTyped } from '../../keys/signature-verifier.ts'
import { type Execution, ExecutionRevert } from './execution.ts'
import { carryOut } from './token.ts'

const none: Reserve.Slot = { settled: 0n, deposit: 0n, closeRequestedAt: 0 }

/** A reserve call to its return bytes. */
export function reserveCall(execution: Execution, data: Hex): Hex {
  const call = decodeCall(data)
  return call === undefined ? view(execution, data) : change(execution, call)
}

/** Runs a reserve call, with the rules `apply` states. */
export function change(execution: Execution, call: Reserve.Call, apply = Reserve.apply): Hex {
  const { state, opened } = execution
  const context = contextOf(execution)
  const id = Reserve.channelId(call, context)
  const effect = apply(state.reserve.get(id), call, context, id)
  if (isRevert(effect)) throw new ExecutionRevert(effect.revert, abi.encodeError(effect.revert))
  for (const move of effect.moves) carryOut(execution, Token.move(state, move))
  state.reserve.set(id, effect.slot)
  if (call.type === 'open') opened.add(id)
  execution.logs.push(...effect.events.map(encodeEvent))
  return call.type === 'open' ? abi.encodeResult('open', id) : '0x'
}

function contextOf({
  sender,
  timestamp,
  chainId,
  expiringNonceHash,
  opened,
  recoverKey,
}: Execution): Reserve.Context {
  return {
    sender,
    timestamp,
    chainId,
    expiringNonceHash,
    openedThisTransaction: (id) => opened.has(id),
    isSignedBy: (signer, voucher, signature) =>
      recoverTyped(Voucher.digest(voucher, domain(chainId)), signature, recoverKey) === signer,
  }
}

const domain = (chainId: number): Voucher.Domain => ({ protocol: 'v2', chainId, escrow: Reserve.address })

function view({ state, chainId }: Execution, data: Hex): Hex {
  const { name, args } = abi.decodeCall(data)
  const slot = (id: Bytes32) => state.reserve.get(id) ?? none
  const idOf = (descriptor: unknown) =>
    ChannelId.v2(descriptor as Descriptor, { escrow: Reserve.address, chainId })
  const result = (): unknown => {
    switch (name) {
      case 'getChannelState':
        return slot(args['channelId'] as Bytes32)
      case 'getChannelStatesBatch':
        return (args['channelIds'] as Bytes32[]).map(slot)
      case 'getChannel':
        return { descriptor: args['descriptor'], state: slot(idOf(args['descriptor'])) }
      case 'computeChannelId':
        return idOf(args)
      case 'getVoucherDigest':
        return Voucher.digest(args as unknown as Voucher.Voucher, domain(chainId))
      case 'domainSeparator':
        return Voucher.domainSeparator(domain(chainId))
      // Credits only make storage cheaper, and nothing here is metered.
      case 'storageCredits':
        return 0n
      case 'VOUCHER_TYPEHASH':
        return Voucher.typeHash('v2')
      default:
        return BigInt(Reserve.closeGracePeriodSeconds)
    }
  }
  return abi.encodeResult(name, result())
}
