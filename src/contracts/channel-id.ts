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

/** The v2 id: keccak256 of nine words. */
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

/** What identifies a v1 channel. */
export type LegacyChannel = Pick<Descriptor, 'payer' | 'payee' | 'token' | 'salt' | 'authorizedSigner'>

/** The v1 id: keccak256 of seven words. */
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
