/**
 * Close authorizations: EIP-712 signed consents that a v2 channel be closed with a voucher.
 *
 * A voucher may be public, and whoever sends it with a close ends the channel. A close authorization is signed for that
 * one purpose, under the domain of v2 vouchers, by the payer or its authorized signer. Source: practice of the SDKs since
 * October 2026 (mppx 0.13.1, mpp 0.17.0); no draft has it yet (spec/readings.md A28).
 */
import type { Address, Bytes32, Hex } from '../codec/hex.ts'
import type { Account } from '../keys/account.ts'
import { keccakText } from '../keys/keccak.ts'
import * as Signature from '../keys/signature.ts'
import * as TypedData from '../keys/typed-data.ts'
import * as Voucher from './voucher.ts'

/** The struct's type hash. */
export const typeHash: Bytes32 = keccakText('CloseAuthorization(bytes32 channelId,uint96 cumulativeAmount)')

/**
 * The 32 bytes a signer signs. Throws `RangeError` for an amount past uint96, or a domain of v1, where closes have no
 * authorization.
 */
export function digest(voucher: Voucher.Voucher, domain: Voucher.Domain): Bytes32 {
  if (domain.protocol !== 'v2') throw new RangeError('a v1 close has no authorization')
  return Voucher.digestOf(typeHash, voucher, domain)
}

/** An authorization as wallets take it (`eth_signTypedData_v4`). Throws as `digest` does. */
export function typedData(voucher: Voucher.Voucher, domain: Voucher.Domain) {
  if (domain.protocol !== 'v2') throw new RangeError('a v1 close has no authorization')
  const { types, primaryType: _, ...rest } = Voucher.typedData(voucher, domain)
  return { ...rest, types: { CloseAuthorization: types.Voucher }, primaryType: 'CloseAuthorization' } as const
}

/** Signs an authorization to close with a voucher of this amount: 65 bytes, v 27 or 28, low s. */
export const sign = async (
  voucher: Voucher.Voucher,
  domain: Voucher.Domain,
  account: Account,
): Promise<Hex> => TypedData.sign(digest(voucher, domain), account)

/**
 * The address that signed it; undefined when no key could have made the signature. Throws `DecodeError` when malformed.
 */
export const recover = (
  voucher: Voucher.Voucher,
  domain: Voucher.Domain,
  signature: string,
  recoverKey?: Signature.Recover,
): Address | undefined => Signature.recover(Signature.decode(signature), digest(voucher, domain), recoverKey)
