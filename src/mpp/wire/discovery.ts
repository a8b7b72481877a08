/**
 * The discovery document: OpenAPI 3 whose payable operations say what they cost. Advisory: the challenge wins.
 * Source: payment discovery draft; `promisedMembers` follows draft-01's guidance on output schemas.
 */
import { z } from 'zod'
import { DecodeError, inside } from '../../codec/decode-error.ts'
import * as Json from '../../codec/json.ts'
import { decodeWith, type Known } from '../../codec/schema.ts'

/** Largest document that is read, in characters. */
export const maxDocumentChars = 1_048_576

const offerFields = {
  intent: z.enum(['charge', 'session']),
  method: z.string().min(1),
  /** Base units without leading zeros; null when it depends on the request (DISC-008). */
  amount: z.union([z.null(), z.string().regex(/^(?:0|[1-9][0-9]*)$/)]),
  currency: z.string().optional(),
  description: z.string().optional(),
}

/** One offer of `x-payment-info`. Source: discovery draft. */
export const offerSchema = z.looseObject(offerFields)

/** `x-payment-info`: what an operation costs. */
export const paymentInfoSchema = z.union([
  z.looseObject({ offers: z.array(offerSchema).min(1) }),
  offerSchema,
])

const uri = z.string().regex(/^[A-Za-z][A-Za-z0-9+.-]*:[^\s]*$/)

/** `x-service-info`: what a service is. */
export const serviceInfoSchema = z.looseObject({
  categories: z.array(z.string()).optional(),
  docs: z
    .looseObject({ apiReference: uri.optional(), homepage: uri.optional(), llms: uri.optional() })
    .optional(),
})

/** A discovery document, as far as payment goes. */
export const schema = z.looseObject({
  openapi: z.string().regex(/^3\.[0-9]+(?:\.[0-9]+)?/),
  info: z.looseObject({ title: z.string().min(1), version: z.string().min(1) }),
  'x-service-info': serviceInfoSchema.optional(),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
})

/** One way to pay for an operation; an announcement, never an authority. */
export type Offer = Known<z.output<typeof offerSchema>>

/** What a service says of itself. */
export type ServiceInfo = Known<z.output<typeof serviceInfoSchema>>

/** One operation that has to be paid. */
export interface PayableOperation {
  path: string
  /** HTTP method, in lower case. */
  verb: string
  /** Alternatives: paying one of them is enough. */
  offers: Offer[]
  /** Whether it lists a 402 response, as it must (DISC-009). */
  declares402: boolean
}

/** A discovery document that was read. */
export interface Discovery {
  title: string
  version: string
  service?: ServiceInfo
  operations: PayableOperation[]
}

const verbs = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const

/** A document to what it says of payment, both forms of an offer made one (DISC-007). Throws `DecodeError`. */
export function decode(text: string): Discovery {
  if (text.length > maxDocumentChars)
    throw new DecodeError('too-large', `document is over ${maxDocumentChars} characters`)
  const document = decodeWith(schema, Json.decode(text))
  if (Object.keys(document.paths).length === 0)
    throw new DecodeError('empty', 'the document has no paths', { path: ['paths'] })
  const service = document['x-service-info']
  return {
    title: document.info.title,
    version: document.info.version,
    ...(service === undefined ? {} : { service }),
    operations: Object.entries(document.paths).flatMap(([path, item]) =>
      verbs.flatMap((verb) => payable(path, verb, item[verb]) ?? []),
    ),
  }
}

function payable(path: string, verb: string, operation: unknown): PayableOperation | undefined {
  if (!Json.isObject(operation) || !Object.hasOwn(operation, 'x-payment-info')) return undefined
  const responses = operation['responses']
  return {
    path,
    verb,
    offers: inside(['paths', path, verb, 'x-payment-info'], () => offersOf(operation['x-payment-info'])),
    declares402: Json.isObject(responses) && Object.hasOwn(responses, '402'),
  }
}

/** The offers of an `x-payment-info`, in either form but not both at once. Throws `DecodeError`. */
export function offersOf(info: unknown): Offer[] {
  if (!Json.isObject(info)) throw new DecodeError('wrong-type', 'x-payment-info is an object')
  if (!Object.hasOwn(info, 'offers')) return [decodeWith(offerSchema, info)]
  const mixed = Object.keys(offerFields).find((name) => Object.hasOwn(info, name))
  if (mixed !== undefined)
    throw new DecodeError('bad-value', 'an offer stands beside the list of offers', { path: [mixed] })
  return decodeWith(z.looseObject({ offers: z.array(offerSchema).min(1) }), info).offers
}

/** Offers to an `x-payment-info`, in the form new documents should use (DISC-006). */
export const encodeOffers = (offers: readonly Offer[]): Json.JsonObject => ({
  offers: decodeWith(z.array(offerSchema).min(1), offers) as Json.JsonObject[],
})

/**
 * The members every success answer of an operation is sure to have: those required by the schema of every declared
 * success representation. A representation without a JSON schema, or a schema that is only referred to, promises
 * nothing, and then so does the operation (DISC-013).
 */
export function promisedMembers(operation: Json.JsonObject): string[] {
  const responses = Json.isObject(operation['responses']) ? operation['responses'] : {}
  const successes = Object.entries(responses).filter(([status]) => /^2(?:[0-9]{2}|XX)$/.test(status))
  const schemas = successes.flatMap(([, response]) => {
    const content = Json.isObject(response) && Json.isObject(response['content']) ? response['content'] : {}
    const media = Object.entries(content)
    return media.length === 0 ? [undefined] : media.map(([type, value]) => schemaOf(type, value))
  })
  const [first = new Set<string>(), ...rest] = schemas.map(requiredBy)
  return [...first].filter((name) => rest.every((names) => names.has(name))).sort()
}

const schemaOf = (type: string, media: Json.JsonValue): Json.JsonValue | undefined =>
  /^application\/(?:[a-z0-9.+-]+\+)?json(?:[ \t]*;.*)?$/i.test(type) && Json.isObject(media)
    ? media['schema']
    : undefined

function requiredBy(schema: Json.JsonValue | undefined): Set<string> {
  if (!Json.isObject(schema) || schema['type'] !== 'object' || !Array.isArray(schema['required']))
    return new Set()
  return new Set(schema['required'].filter((name) => typeof name === 'string'))
}
