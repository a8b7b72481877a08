/** Seeded bugs: contracts wrong in one way. They prove the judges: each bug names the one that must notice it. */

import { DecodeError } from '../../../src/codec/decode-error.ts'
import type { Address, Hex } from '../../../src/codec/hex.ts'
import { type ChannelRevert, isRevert } from '../../../src/contracts/revert.ts'
import * as EIP712 from '../../../src/contracts/voucher.ts'
import { fastestCurve } from '../../../src/keys/native-curve.ts'
import type { Contract } from './contract.ts'
import type { Judge } from './model.ts'
import * as Signatures from './signatures.ts'

export interface Bug {
  name: string
  /** The judge that catches it when it judges alone. */
  caughtBy: Judge
  contract: () => Contract
}

/** A call by somebody else. */
export const by = <Context extends { sender: Address }>(sender: Address, context: Context): Context => ({
  ...context,
  sender,
})

/** A result with something changed, unless it is a revert. */
export const changed = <Effect extends object>(
  result: Effect | ChannelRevert,
  change: (effect: Effect) => Partial<Effect>,
): Effect | ChannelRevert => (isRevert(result) ? result : { ...result, ...change(result) })

/** Real signatures, without the rule that s is low. */
export const highS: Signatures.Signatures = {
  ...Signatures.real,
  isSignedBy: (signer, voucher, signature, domain) => recoverAny(voucher, signature, domain) === signer,
}

function recoverAny(voucher: EIP712.Voucher, signature: Hex, domain: EIP712.Domain) {
  try {
    return EIP712.recover(voucher, domain, signature, fastestCurve)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** Signatures checked for the signer, and not for the channel, or not for the amount. */
export const forgetful = (what: 'channel' | 'amount'): Signatures.Signatures => ({
  ...Signatures.pretended,
  isSignedBy: (signer, { channelId, cumulativeAmount }, signature) => {
    const said = {
      by: signature.slice(2, 42),
      channel: signature.slice(42, 106),
      amount: signature.slice(106),
    }
    return (
      said.by === signer.slice(2) &&
      (what === 'channel' || said.channel === channelId.slice(2)) &&
      (what === 'amount' || said.amount === cumulativeAmount.toString(16))
    )
  },
})
