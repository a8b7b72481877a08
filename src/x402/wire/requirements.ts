/**
 * Payment requirements: one way to pay for a resource. v1 and v2 name the amount differently, and v1 repeats the
 * resource in each. A client echoes what it received, so the received object is kept beside what was read from it.
 * Source: x402 specification v1 and v2, "PaymentRequired Schema".
 */
import { z } from 'zod'
import type { JsonObject } from '../../codec/json.ts'
import { amount, decodeWith, jsonObject } from '../../codec/schema.ts'
import * as Uint from '../../codec/uint.ts'
import type { Version } from './fields.ts'

const members = {
  scheme: z.string().min(1),
  /** Token contract; schemes of other chains have other names for tokens. */
  asset: z.string().min(1),
  payTo: z.string().min(1),
  maxTimeoutSeconds: z.int().nonnegative(),
  /** What the scheme needs besides; of `exact` on EVM the token's EIP-712 name and version. */
  extra: jsonObject.nullish(),
}

/** One entry of a v1 `accepts`. */
export const schemaV1 = z.looseObject({
  ...members,
  network: z.string().min(1),
  /** Base units of the asset, as decimal text. */
  maxAmountRequired: amount(Uint.maxUint256),
  resource: z.string().min(1),
  description: z.string().nullish(),
  mimeType: z.string().nullish(),
})

/** One entry of a v2 `accepts`, and the `accepted` of a v2 payment. */
export const schemaV2 = z.looseObject({
  ...members,
  /** CAIP-2. */
  network: z.string().regex(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/),
  /** Base units of the asset, as decimal text. */
  amount: amount(Uint.maxUint256),
})

/** What is asked, whatever the version calls it. */
export interface Terms {
  scheme: string
  network: string
  /** Base units of the asset. */
  amount: bigint
  asset: string
  payTo: string
  maxTimeoutSeconds: number
  extra: JsonObject
}

/** Terms, and the object that states them on the wire. */
export interface Requirements extends Terms {
  version: Version
  /** As received, or as it is sent. */
  json: JsonObject
}

/** What is paid for. */
export interface Resource {
  url: string
  description?: string
  mimeType?: string
}

/** A JSON value to requirements. Throws `DecodeError`. */
export function fromJson(version: Version, value: unknown): Requirements {
  const json = decodeWith(jsonObject, value)
  if (version === 1) {
    const { maxAmountRequired, extra, ...read } = decodeWith(schemaV1, json)
    return { ...terms(read), version, amount: maxAmountRequired, extra: extra ?? {}, json }
  }
  const { amount, extra, ...read } = decodeWith(schemaV2, json)
  return { ...terms(read), version, amount, extra: extra ?? {}, json }
}

const terms = ({ scheme, network, asset, payTo, maxTimeoutSeconds }: Omit<Terms, 'amount' | 'extra'>) => ({
  scheme,
  network,
  asset,
  payTo,
  maxTimeoutSeconds,
})

/** Terms to requirements of a version. Throws `RangeError` for a negative amount. */
export function from(version: Version, asked: Terms, resource: Resource): Requirements {
  const { scheme, network, asset, payTo, maxTimeoutSeconds, extra } = asked
  const text = Uint.encode(asked.amount)
  const json: JsonObject =
    version === 2
      ? { scheme, network, amount: text, asset, payTo, maxTimeoutSeconds, extra }
      : {
          scheme,
          network,
          maxAmountRequired: text,
          resource: resource.url,
          description: resource.description ?? '',
          mimeType: resource.mimeType ?? '',
          payTo,
          maxTimeoutSeconds,
          asset,
          extra,
        }
  return { ...asked, version, json }
}
