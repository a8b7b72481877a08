/**
 * The payment that a client sends: `X-PAYMENT` in v1, `PAYMENT-SIGNATURE` in v2. `payload` is defined by the scheme. A
 * payment is forwarded as the object that was received. Source: x402 specification v1 and v2, "PaymentPayload Schema".
 */
import { z } from 'zod'
import { inside } from '../../codec/decode-error.ts'
import type { JsonObject } from '../../codec/json.ts'
import { decodeWith, jsonObject } from '../../codec/schema.ts'
import * as EncodedObject from './encoded-object.ts'
import type { Version } from './fields.ts'
import * as Required from './required.ts'
import * as Requirements from './requirements.ts'

/** A payment payload of v1. */
export const schemaV1 = z.looseObject({
  x402Version: z.literal(1),
  scheme: z.string().min(1),
  network: z.string().min(1),
  payload: jsonObject,
})

/** A payment payload of v2. */
export const schemaV2 = z.looseObject({
  x402Version: z.literal(2),
  resource: Required.resourceSchema.nullish(),
  /** The requirements that are met, as the server stated them. */
  accepted: Requirements.schemaV2,
  payload: jsonObject,
  extensions: jsonObject.nullish(),
})

/** A payment payload of either version. */
export interface Payment {
  version: Version
  scheme: string
  network: string
  /** In v1 a payment does not repeat what was asked. */
  accepted?: Requirements.Requirements
  /** A claim: nothing that is signed names the resource. */
  resource?: Requirements.Resource
  payload: JsonObject
  extensions: JsonObject
  /** As received, or as it is sent. */
  json: JsonObject
}

/** A JSON value to a payment. Throws `DecodeError`. */
export function fromJson(value: unknown): Payment {
  const json = decodeWith(jsonObject, value)
  const { x402Version: version } = decodeWith(Required.versionSchema, json)
  if (version === 1) {
    const { scheme, network, payload } = decodeWith(schemaV1, json)
    return { version, scheme, network, payload, extensions: {}, json }
  }
  const { resource, payload } = decodeWith(schemaV2, json)
  const accepted = inside(['accepted'], () => Requirements.fromJson(2, json['accepted']))
  const { scheme, network } = accepted
  const payment: Payment = {
    version,
    scheme,
    network,
    accepted,
    payload,
    extensions: Required.extensionsOf(json),
    json,
  }
  if (resource) payment.resource = Required.resourceOf(resource)
  return payment
}

/** A payment of what was required: in v2 it echoes the requirements, the resource and the extensions. */
export function from(
  requirements: Requirements.Requirements,
  payload: JsonObject,
  options: { resource?: JsonObject; extensions?: JsonObject } = {},
): Payment {
  const { version, scheme, network } = requirements
  if (version === 1) return fromJson({ x402Version: 1, scheme, network, payload: { ...payload } })
  const { resource, extensions } = options
  return fromJson({
    x402Version: 2,
    payload: { ...payload },
    ...(resource === undefined ? {} : { resource }),
    accepted: requirements.json,
    ...(extensions === undefined || Object.keys(extensions).length === 0 ? {} : { extensions }),
  })
}

/** A payment to a field value. */
export const encode = ({ json }: Payment): string => EncodedObject.encode(json)

/** A field value to a payment. Throws `DecodeError`. */
export const decode = (field: string): Payment => fromJson(EncodedObject.decode(field))
