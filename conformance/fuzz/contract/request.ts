/** A call of a channel contract in words both contracts share, and what may be done around it. */
import type { Address, Hex } from '../../../src/codec/hex.ts'
import type { Descriptor } from '../../../src/contracts/descriptor.ts'
import type { SessionProtocol } from '../../../src/contracts/voucher.ts'

export type Method = 'open' | 'settle' | 'topUp' | 'close' | 'requestClose' | 'withdraw'

/** What a signature says, known because the model made it. */
export interface Voucher {
  by: Address
  on: Descriptor
  cumulativeAmount: bigint
  /** `high-s` is the other signature of the same key; `keychain` wraps a good one; `garbage` is no signature. */
  form: 'canonical' | 'high-s' | 'keychain' | 'garbage'
}

/** One call. Amounts in base units. */
export interface Request {
  method: Method
  sender: Address
  /** Identifies the channel. v1 has no operator and no nonce hash: it does not look at them. */
  descriptor: Descriptor
  /** The deposit, the additional deposit, or the cumulative amount. */
  amount: bigint
  /** v2 close only. */
  capture: bigint
  voucher: Voucher
  signature: Hex
}

/** The members of a descriptor a contract binds an id to. */
const bound = {
  v1: ['payer', 'payee', 'token', 'salt', 'authorizedSigner'],
  v2: ['payer', 'payee', 'operator', 'token', 'salt', 'authorizedSigner', 'expiringNonceHash'],
} as const satisfies Record<SessionProtocol, readonly (keyof Descriptor)[]>

/** Which channel a descriptor names, as text: two are equal exactly when the contract must see one channel. */
export const keyOf = (version: SessionProtocol, descriptor: Descriptor): string =>
  bound[version].map((name) => descriptor[name]).join(' ')
