/**
 * The `exact` scheme on EVM chains: the payer signs an EIP-3009 transfer, and whoever settles submits it. This is the
 * payload of such a payment, and the 32 bytes that are signed.
 * Source: x402, scheme `exact` on EVM, "Mechanism: EIP-3009".
 */
import { z } from 'zod'
import { DecodeError, inside } from '../../codec/decode-error.ts'
import * as Hex from '../../codec/hex.ts'
import type { JsonObject } from '../../codec/json.ts'
import { address, amount, bytes, bytes32, decodeWith, encodeWith, type Known } from '../../codec/schema.ts'
import * as Uint from '../../codec/uint.ts'
import * as TransferAuthorization from '../../contracts/transfer-authorization.ts'
import type { Terms } from './requirements.ts'

/** The name of the scheme. */
export const scheme = 'exact'

const authorizationSchema = z.looseObject({
  from: address,
  to: address,
  /** Base units, as decimal text. */
  value: amount(Uint.maxUint256),
  /** Seconds since the epoch, as decimal text; both ends of the window are excluded. */
  validAfter: amount(Uint.maxUint256),
  validBefore: amount(Uint.maxUint256),
  nonce: bytes32,
})

/** The payload of the exact scheme. */
export const schema = z.looseObject({
  /** 65 bytes of an account; contracts sign with any number. */
  signature: bytes,
  authorization: authorizationSchema,
})

/** A signed EIP-3009 transfer. */
export interface ExactPayload {
  signature: Hex.Hex
  authorization: TransferAuthorization.TransferAuthorization
}

/** The payload of a payment. Throws `DecodeError`. */
export function fromJson(payload: unknown): ExactPayload {
  const { signature, authorization } = decodeWith(schema, payload)
  const { from, to, value, validAfter, validBefore, nonce } = authorization as Known<
    z.output<typeof authorizationSchema>
  >
  return { signature, authorization: { from, to, value, validAfter, validBefore, nonce } }
}

/** As a JSON object: amounts and times as decimal text. */
export const toJson = ({ signature, authorization }: ExactPayload): JsonObject =>
  encodeWith(schema, { signature, authorization: { ...authorization } }) as JsonObject

/** The EIP-712 domain of the token that is asked for. Throws `DecodeError` when the requirements do not say it. */
export function domainOf({ asset, extra }: Pick<Terms, 'asset' | 'extra'>): TransferAuthorization.Domain {
  const text = (name: 'name' | 'version'): string => {
    const value = extra[name]
    if (typeof value === 'string') return value
    throw new DecodeError(value === undefined ? 'missing' : 'wrong-type', `the token's ${name} is a text`, {
      path: ['extra', name],
    })
  }
  return {
    address: inside(['asset'], () => Hex.address(asset)),
    name: text('name'),
    version: text('version'),
  }
}

/** What a payer signs, as the call that uses it. */
export const callOf = ({ signature, authorization }: ExactPayload): TransferAuthorization.Call => ({
  type: 'transferWithAuthorization',
  signature,
  ...authorization,
})

/** The 32 bytes that are signed. */
export const digest = (
  authorization: TransferAuthorization.TransferAuthorization,
  token: TransferAuthorization.Domain,
  chainId: number,
): Hex.Bytes32 => TransferAuthorization.digest(callOf({ signature: '0x', authorization }), token, chainId)
