/** The seven immutable fields that identify a v2 channel, carried in every v2 credential (tempo session draft, "Channel Descriptor"). */
import { z } from 'zod'
import { address, bytes32, decodeWith, encodeWith, type Known } from '../codec/schema.ts'

/** A v2 descriptor on the wire. Source: tempo session draft, "Channel Descriptor". */
export const schema = z.looseObject({
  payer: address,
  payee: address,
  /** Zero when the payee alone may settle and close. */
  operator: address,
  token: address,
  salt: bytes32,
  /** Who signs vouchers; zero means the payer. */
  authorizedSigner: address,
  /** Hash of the sender-signed open transaction. */
  expiringNonceHash: bytes32,
})

/** What a v2 channel is, and what its id is made of. */
export type Descriptor = Known<z.output<typeof schema>>

/** The field names, in the order of the channel id derivation. */
export const fields = [
  'payer',
  'payee',
  'operator',
  'token',
  'salt',
  'authorizedSigner',
  'expiringNonceHash',
] as const satisfies readonly (keyof Descriptor)[]

/** A descriptor to its wire form. */
export const toJson = (descriptor: Descriptor): z.input<typeof schema> => encodeWith(schema, descriptor)

/** A JSON value to a descriptor. Throws `DecodeError`. */
export const fromJson = (value: unknown): Descriptor => decodeWith(schema, value)

/** Whether two descriptors name the same channel. */
export const equal = (a: Descriptor, b: Descriptor): boolean => fields.every((name) => a[name] === b[name])

export { voucherSigner as signer } from './voucher-signer.ts'
