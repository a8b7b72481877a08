/**
 * Channel ids: what a voucher is bound to.
 * v1: tempo session draft, "Contract-Backed Channel State". v2: TIP-1034, "Channel Identity And Packed State".
 */
import type { Address, Bytes32 } from '../codec/hex.ts'
import { keccak256, words } from '../keys/keccak.ts'
import type { Descriptor } from './descriptor.ts'

/** Where a channel lives: the contract and the chain its id and its vouchers are bound to. */
export interface Place {
  escrow: Address
  chainId: number
}

/**
 * The id of a v2 channel: keccak256 of nine 32-byte words, the seven fields of the descriptor, the reserve and the
 * chain id.
 */
export const v2 = (descriptor: Descriptor, place: Place): Bytes32 =>
  keccak256(
    words(
      descriptor.payer,
      descriptor.payee,
      descriptor.operator,
      descriptor.token,
      descriptor.salt,
      descriptor.authorizedSigner,
      descriptor.expiringNonceHash,
      place.escrow,
      place.chainId,
    ),
  )

/** The fields that identify a v1 channel, besides its place. */
export type LegacyChannel = Pick<Descriptor, 'payer' | 'payee' | 'token' | 'salt' | 'authorizedSigner'>

/** The id of a v1 channel: keccak256 of seven 32-byte words, its five fields, the escrow and the chain id. */
export const v1 = (channel: LegacyChannel, place: Place): Bytes32 =>
  keccak256(
    words(
      channel.payer,
      channel.payee,
      channel.token,
      channel.salt,
      channel.authorizedSigner,
      place.escrow,
      place.chainId,
    ),
  )
