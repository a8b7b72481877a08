/**
 * What a resource costs: the body of a v1 402, the `PAYMENT-REQUIRED` header of a v2 one.
 * Source: x402 specification v1 and v2, "PaymentRequired Schema"; HTTP transports, "Payment Required Signaling".
 */
import { z } from 'zod'
import { inside } from '../../codec/decode-error.ts'
import type { JsonObject } from '../../codec/json.ts'
import { decodeWith, jsonObject } from '../../codec/schema.ts'
import * as EncodedObject from './encoded-object.ts'
import type { Version } from './fields.ts'
import * as Requirements from './requirements.ts'

/** Most ways to pay that are read. */
export const maxAccepts = 64
/** Largest 402 body that is read, in characters. */
export const maxBodyChars = 262_144

/** What is paid for. */
export const resourceSchema = z.looseObject({
  url: z.string().min(1),
  description: z.string().nullish(),
  mimeType: z.string().nullish(),
})

/** The body of a v1 402. */
export const schemaV1 = z.looseObject({
  x402Version: z.literal(1),
  error: z.string().nullish(),
  accepts: z.array(Requirements.schemaV1).max(maxAccepts),
})

/** What the header of a v2 402 holds. */
export const schemaV2 = z.looseObject({
  x402Version: z.literal(2),
  error: z.string().nullish(),
  resource: resourceSchema,
  accepts: z.array(Requirements.schemaV2).max(maxAccepts),
  extensions: jsonObject.nullish(),
})

/** The version of a message. */
export const versionSchema = z.looseObject({ x402Version: z.union([z.literal(1), z.literal(2)]) })

/** What a 402 asks for, of either version. */
export interface Required {
  version: Version
  error?: string
  /** Absent in v1, where each way to pay names it. */
  resource?: Requirements.Resource
  accepts: Requirements.Requirements[]
  extensions: JsonObject
  /** As received, or as it is sent. */
  json: JsonObject
}

/** A JSON value to what is required. Throws `DecodeError`. */
export function fromJson(value: unknown): Required {
  const json = decodeWith(jsonObject, value)
  const { x402Version: version } = decodeWith(versionSchema, json)
  const read = decodeWith(version === 1 ? schemaV1 : schemaV2, json)
  // The schema has seen that it is an array of objects.
  const accepts = (json['accepts'] as JsonObject[]).map((entry, i) =>
    inside(['accepts', i], () => Requirements.fromJson(version, entry)),
  )
  const required: Required = { version, accepts, extensions: extensionsOf(json), json }
  if (typeof read.error === 'string') required.error = read.error
  if ('resource' in read) required.resource = resourceOf(read.resource as z.output<typeof resourceSchema>)
  return required
}

/** The extensions of a message; none where it has none. */
export const extensionsOf = (json: JsonObject): JsonObject => (json['extensions'] ?? {}) as JsonObject

/** A resource without what was null. */
export function resourceOf({
  url,
  description,
  mimeType,
}: z.output<typeof resourceSchema>): Requirements.Resource {
  const resource: Requirements.Resource = { url }
  if (typeof description === 'string') resource.description = description
  if (typeof mimeType === 'string') resource.mimeType = mimeType
  return resource
}

/** States what a resource costs. All requirements are of one version. */
export function from(
  version: Version,
  resource: Requirements.Resource,
  accepts: readonly Requirements.Requirements[],
  options: { error?: string; extensions?: JsonObject } = {},
): Required {
  const { error, extensions = {} } = options
  const shared: JsonObject = { x402Version: version, ...(error === undefined ? {} : { error }) }
  const entries = accepts.map(({ json }) => json)
  const json: JsonObject =
    version === 1
      ? { ...shared, accepts: entries }
      : { ...shared, resource: { ...resource }, accepts: entries, extensions }
  return {
    version,
    ...(error === undefined ? {} : { error }),
    ...(version === 1 ? {} : { resource }),
    accepts: [...accepts],
    extensions: version === 1 ? {} : extensions,
    json,
  }
}

/** To the value of `PAYMENT-REQUIRED`. */
export const encode = ({ json }: Required): string => EncodedObject.encode(json)

/** The value of `PAYMENT-REQUIRED` to what is required. Throws `DecodeError`. */
export const decode = (field: string): Required => fromJson(EncodedObject.decode(field))

/** The text of a 402 body to what is required. Throws `DecodeError`. */
export const decodeBody = (text: string): Required => fromJson(EncodedObject.parse(text, maxBodyChars))
