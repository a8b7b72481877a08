/**
 * Rules on the consent to a close. Others may know a voucher, and must not be able to close the channel by showing it.
 * SDKs do this; no draft has it (spec/readings.md A28). These rules run after those on the voucher's own signature.
 */
import { DecodeError } from '../../../codec/decode-error.ts'
import type { Address, Hex } from '../../../codec/hex.ts'
import * as CloseAuthorization from '../../../contracts/close-authorization.ts'
import type { Domain, Voucher } from '../../../contracts/voucher.ts'
import * as Signature from '../../../keys/signature.ts'
import { refuse } from '../../wire/problem.ts'
import type { RuleTable } from './rule.ts'

export interface CloseAuthorizationInput {
  voucher: Voucher
  domain: Domain
  /** As the close carries it; undefined where it carries none. */
  closeSignature: Hex | undefined
  /** Whether a close of a v2 channel must carry one. */
  required: boolean
  /** Who may have signed: the payer, and the channel's signer. */
  signers: readonly Address[]
  recoverKey: Signature.Recover
}

/** A v1 close has no authorization: what stands there is an unknown member. */
const shown = ({ domain, closeSignature }: CloseAuthorizationInput): Hex | undefined =>
  domain.protocol === 'v2' ? closeSignature : undefined

export const closeAuthorizationRules = {
  present: (input) =>
    input.domain.protocol === 'v2' && input.required && input.closeSignature === undefined
      ? refuse('invalid-payload', 'a close carries closeSignature, the consent to close')
      : undefined,
  wellFormed: (input) => {
    const signature = shown(input)
    if (signature === undefined) return undefined
    try {
      return Signature.isCanonical(Signature.decode(signature))
        ? undefined
        : refuse('session/invalid-signature', 'closeSignature is not canonical: s is above half the order')
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return refuse('session/invalid-signature', `closeSignature: ${error.message}`)
    }
  },
  bySigner: (input) => {
    const signature = shown(input)
    if (signature === undefined) return undefined
    const { voucher, domain, signers, recoverKey } = input
    const signer = CloseAuthorization.recover(voucher, domain, signature, recoverKey)
    return signer !== undefined && signers.includes(signer)
      ? undefined
      : refuse('session/invalid-signature', 'closeSignature is not by the payer or its signer for this close')
  },
} satisfies RuleTable<CloseAuthorizationInput>
