/**
 * The Payment scheme in JSON-RPC 2.0, MCP included: a challenge is the data of an error, a credential and a receipt
 * are `_meta` members. `request` is a JSON object here and base64url elsewhere; its canonical form is the bridge, so
 * one binding serves both (spec/readings.md W13).
 * Source: JSON-RPC and MCP transport draft.
 */
import { z } from 'zod'
import { DecodeError } from '../../codec/decode-error.ts'
import * as Json from '../../codec/json.ts'
import { decodeWith, jsonObject, type Known, timestamp } from '../../codec/schema.ts'
import * as Challenge from './challenge.ts'
import type { Credential } from './credential.ts'
import * as Problem from './problem.ts'

/** The error codes of "Error Code Mapping". */
export const codes = {
  paymentRequired: -32042,
  verificationFailed: -32043,
  malformedCredential: -32602,
  internalError: -32603,
} as const

/** Where a credential stands in `_meta`. */
export const credentialKey = 'org.paymentauth/credential'
/** Where a receipt stands in `_meta`. */
export const receiptKey = 'org.paymentauth/receipt'

/** A challenge in a JSON-RPC message. Source: MCP transport draft. */
export const challengeSchema = z.looseObject({
  ...Challenge.schema.omit({ request: true, header: true }).shape,
  /** A JSON object, never base64url text (MCP-CHAL-003). */
  request: jsonObject,
})

/** The error that asks for payment. */
export const errorSchema = z.looseObject({
  code: z.literal([codes.paymentRequired, codes.verificationFailed]),
  message: z.string(),
  data: z.looseObject({
    httpStatus: z.literal(402).optional(),
    challenges: z.array(challengeSchema).min(1),
    problem: Problem.schema.optional(),
    failure: z.looseObject({ reason: z.string().optional(), detail: z.string().optional() }).optional(),
  }),
})

/** A credential in a JSON-RPC message. */
export const credentialSchema = z.looseObject({
  challenge: challengeSchema,
  source: z.string().optional(),
  payload: jsonObject,
})

/** A receipt in a JSON-RPC message. */
export const receiptSchema = z.looseObject({
  status: z.literal('success'),
  method: z.string(),
  timestamp,
  challengeId: z.string().min(1),
  reference: z.string().optional(),
})

/** The error of a JSON-RPC response that asks for payment. */
export interface PaymentError {
  code: -32042 | -32043
  message: string
  challenges: Challenge.Challenge[]
  problem?: Problem.Problem
  /** Why a credential was refused. */
  failure?: { reason?: string | undefined; detail?: string | undefined }
}

/** A receipt as MCP carries it. */
export type Receipt = Known<z.output<typeof receiptSchema>>

/** `root`: beside `params` and `result`, for any JSON-RPC. `nested`: inside them, as MCP has it. */
export type Placement = 'root' | 'nested'

/** A challenge to its JSON-RPC form. `header` has no meaning there and is left out. */
export function fromChallenge(challenge: Challenge.Challenge): Json.JsonObject {
  const { header: _, ...rest } = challenge
  return { ...(rest as Json.JsonObject), request: Challenge.request(challenge) }
}

/** A JSON-RPC challenge to the form that is bound and verified. Throws `DecodeError`. */
export function toChallenge(value: unknown): Challenge.Challenge {
  const { request, ...rest } = decodeWith(challengeSchema, value)
  if (rest.opaque !== undefined) Challenge.opaque(rest.opaque)
  return { ...rest, request: Challenge.encodeObject(request) }
}

/** The `error` member of a response that asks for payment. */
export function encodeError({ code, message, challenges, problem, failure }: PaymentError): Json.JsonObject {
  return {
    code,
    message,
    data: {
      httpStatus: 402,
      challenges: challenges.map(fromChallenge),
      ...(problem === undefined ? {} : { problem: problem as Json.JsonObject }),
      ...(failure === undefined ? {} : { failure: failure as Json.JsonObject }),
    },
  }
}

/** The `error` member of a response to what it asks. Throws `DecodeError`. */
export function decodeError(value: unknown): PaymentError {
  const { code, message, data } = decodeWith(errorSchema, value)
  const { problem, failure } = data
  return {
    code,
    message,
    challenges: data.challenges.map(toChallenge),
    ...(problem === undefined ? {} : { problem }),
    ...(failure === undefined ? {} : { failure }),
  }
}

/** A request with a credential in its `_meta`. */
export function withCredential(
  message: Json.JsonObject,
  { challenge, source, payload }: Credential,
  placement: Placement,
): Json.JsonObject {
  const credential = {
    challenge: fromChallenge(challenge),
    ...(source === undefined ? {} : { source }),
    payload,
  }
  return withMeta(message, 'params', credentialKey, credential, placement)
}

/** A response with a receipt in its `_meta`. */
export const withReceipt = (
  message: Json.JsonObject,
  receipt: Receipt,
  placement: Placement,
): Json.JsonObject => withMeta(message, 'result', receiptKey, receipt as Json.JsonObject, placement)

/** The credential of a request, in either place (MCP-CRED-002); undefined when there is none. Throws `DecodeError`. */
export function credentialOf(message: Json.JsonObject): Credential | undefined {
  const found = inMeta(message, 'params', credentialKey)
  if (found === undefined) return undefined
  const { challenge: _, source, payload } = decodeWith(credentialSchema, found)
  const challenge = toChallenge((found as Json.JsonObject)['challenge'])
  return { challenge, ...(source === undefined ? {} : { source }), payload }
}

/** The receipt of a response, in either place; undefined when there is none. Throws `DecodeError`. */
export function receiptOf(message: Json.JsonObject): Receipt | undefined {
  const found = inMeta(message, 'result', receiptKey)
  return found === undefined ? undefined : decodeWith(receiptSchema, found)
}

/** What stands under a key of `_meta`. In both places at once it could be two things, so that is refused. */
function inMeta(message: Json.JsonObject, parent: string, key: string): Json.JsonValue | undefined {
  const found = [message, message[parent]].flatMap((holder) => {
    const meta = Json.isObject(holder) ? holder['_meta'] : undefined
    return Json.isObject(meta) && Object.hasOwn(meta, key) ? [meta[key] as Json.JsonValue] : []
  })
  if (found.length > 1)
    throw new DecodeError('bad-value', 'stands both at the root and nested', { path: ['_meta', key] })
  return found[0]
}

function withMeta(
  message: Json.JsonObject,
  parent: string,
  key: string,
  value: Json.JsonObject,
  placement: Placement,
): Json.JsonObject {
  const add = (holder: Json.JsonValue | undefined): Json.JsonObject => {
    const object = Json.isObject(holder) ? holder : {}
    const meta = Json.isObject(object['_meta']) ? object['_meta'] : {}
    return { ...object, _meta: { ...meta, [key]: value } }
  }
  return placement === 'root' ? add(message) : { ...message, [parent]: add(message[parent]) }
}
