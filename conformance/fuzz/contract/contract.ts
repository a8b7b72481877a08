/** The two reducers behind one face, so that one model drives both; each rule can be replaced, to seed bugs. */

import type { Address, Bytes32 } from '../../../src/codec/hex.ts'
import { maxUint96, maxUint128 } from '../../../src/codec/uint.ts'
import * as ChannelId from '../../../src/contracts/channel-id.ts'
import type { Descriptor } from '../../../src/contracts/descriptor.ts'
import * as Escrow from '../../../src/contracts/escrow.ts'
import * as Reserve from '../../../src/contracts/reserve.ts'
import { type ChannelRevert, isRevert } from '../../../src/contracts/revert.ts'
import * as Token from '../../../src/contracts/token.ts'
import type { SessionProtocol } from '../../../src/contracts/voucher.ts'
import type { Request } from './request.ts'
import * as Signatures from './signatures.ts'

/** What either contract stores of a channel. */
export type Stored = Reserve.Slot | Escrow.Channel
/** What either contract may ask of its surroundings. */
export type Context = Reserve.Context & Escrow.Context

export interface Effect {
  stored: Stored | undefined
  moves: readonly Token.Move[]
  events: readonly (Reserve.Event | Escrow.Event)[]
}

export interface Contract {
  version: SessionProtocol
  address: Address
  /** The largest deposit. */
  maxDeposit: bigint
  /** The largest amount its `topUp` can be asked for. */
  maxTopUp: bigint
  signatures: Signatures.Signatures
  channelId(request: Request, context: Context): Bytes32
  apply(stored: Stored | undefined, request: Request, context: Context, id: Bytes32): Effect | ChannelRevert
  move: typeof Token.move
}

/** Rules of a contract that may be replaced; `Apply` is its reducer. */
export interface Rules<Apply> {
  apply?: Apply
  channelId?: (descriptor: Descriptor, place: ChannelId.Place) => Bytes32
  move?: typeof Token.move
  signatures?: Signatures.Signatures
}
export type ReserveRules = Rules<typeof Reserve.apply>
export type EscrowRules = Rules<typeof Escrow.apply>

/** The v2 reserve. */
export function reserve(rules: ReserveRules = {}): Contract {
  const { apply = Reserve.apply, channelId = ChannelId.v2, move = Token.move } = rules
  const idOf = remembered(channelId)
  return {
    version: 'v2',
    address: Reserve.address,
    maxDeposit: maxUint96,
    maxTopUp: maxUint96,
    signatures: rules.signatures ?? Signatures.pretended,
    channelId: ({ descriptor }, { chainId }) => idOf(descriptor, { escrow: Reserve.address, chainId }),
    apply: (stored, request, context, id) => {
      const effect = apply(stored as Reserve.Slot | undefined, reserveCall(request), context, id)
      return isRevert(effect) ? effect : { ...effect, stored: effect.slot }
    },
    move,
  }
}

/** The v1 escrow. */
export function escrow(rules: EscrowRules = {}): Contract {
  const { apply = Escrow.apply, channelId = ChannelId.v1, move = Token.move } = rules
  const idOf = remembered(channelId)
  return {
    version: 'v1',
    address: Escrow.address,
    maxDeposit: maxUint128,
    maxTopUp: 2n ** 256n - 1n,
    signatures: rules.signatures ?? Signatures.pretended,
    channelId: ({ descriptor }, place) => idOf(descriptor, place),
    apply: (stored, request, context, id) => {
      const effect = apply(stored as Escrow.Channel | undefined, escrowCall(request, id), context, id)
      return isRevert(effect) ? effect : { ...effect, stored: effect.channel }
    },
    move,
  }
}

/** A request as the v2 reserve is asked for it. */
export function reserveCall({ method, descriptor, amount, capture, signature }: Request): Reserve.Call {
  const { payee, operator, token, salt, authorizedSigner } = descriptor
  switch (method) {
    case 'open':
      return { type: method, payee, operator, token, salt, authorizedSigner, deposit: amount }
    case 'settle':
      return { type: method, descriptor, cumulativeAmount: amount, signature }
    case 'close':
      return { type: method, descriptor, cumulativeAmount: amount, captureAmount: capture, signature }
    case 'topUp':
      return { type: method, descriptor, additionalDeposit: amount }
    default:
      return { type: method, descriptor }
  }
}

/** A request as the v1 escrow is asked for it. */
export function escrowCall(
  { method, descriptor, amount, signature }: Request,
  channelId: Bytes32,
): Escrow.Call {
  const { payee, token, salt, authorizedSigner } = descriptor
  switch (method) {
    case 'open':
      return { type: method, payee, token, salt, authorizedSigner, deposit: amount }
    case 'settle':
    case 'close':
      return { type: method, channelId, cumulativeAmount: amount, signature }
    case 'topUp':
      return { type: method, channelId, additionalDeposit: amount }
    default:
      return { type: method, channelId }
  }
}

/** Hashing an id costs more than the call it is for: each descriptor is hashed once. */
function remembered(channelId: (descriptor: Descriptor, place: ChannelId.Place) => Bytes32) {
  const ids = new WeakMap<Descriptor, Bytes32>()
  return (descriptor: Descriptor, place: ChannelId.Place): Bytes32 => {
    const known = ids.get(descriptor)
    if (known !== undefined) return known
    const id = channelId(descriptor, place)
    ids.set(descriptor, id)
    return id
  }
}
