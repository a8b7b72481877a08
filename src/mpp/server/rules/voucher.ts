/** Rules on a voucher's signature: tempo session draft, "Voucher Verification" steps 2-4. They come before any amount. */

import { DecodeError } from '../../../codec/decode-error.ts'
import type { Address, Hex } from '../../../codec/hex.ts'
import * as Voucher from '../../../contracts/voucher.ts'
import * as Signature from '../../../keys/signature.ts'
import { refuse } from '../../wire/problem.ts'
import type { RuleTable } from './rule.ts'

export interface SignatureInput {
  voucher: Voucher.Voucher
  domain: Voucher.Domain
  signature: Hex
  /** What the voucher came with. */
  action: 'open' | 'voucher' | 'close'
  /** Who must have signed: from the channel, never from the payload (SESS-SIG-009, SESS-SIG-010). */
  signer: Address
  recoverKey: Signature.Recover
}

export const signatureRules = {
  /** SESS-SIG-008: 65 bytes with v 27 or 28, or 64 bytes EIP-2098. */
  wellFormed: ({ signature }) => {
    try {
      Signature.decode(signature)
      return undefined
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return refuse('session/invalid-signature', error.message)
    }
  },
  /** SESS-SIG-007. */
  canonical: ({ signature }) =>
    Signature.isCanonical(Signature.decode(signature))
      ? undefined
      : refuse('session/invalid-signature', 'the signature is not canonical: s is above half the order'),
  /** SESS-VOUCH-003, SESS-SIG-010..012, SESS-VOUCH-015. */
  bySigner: ({ voucher, domain, signature, signer, recoverKey }) => {
    const recovered = Voucher.recover(voucher, domain, signature, recoverKey)
    if (recovered === undefined) return refuse('session/invalid-signature', 'the signature belongs to no key')
    return recovered === signer
      ? undefined
      : refuse('session/signer-mismatch', "the signature is not by the channel's signer for this amount")
  },
} satisfies RuleTable<SignatureInput>
