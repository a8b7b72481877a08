/** Operations on what the Payment scheme puts on the wire. */

import { DecodeError } from '../../../src/codec/decode-error.ts'
import * as IdempotencyKey from '../../../src/codec/idempotency-key.ts'
import type { JsonObject, JsonValue } from '../../../src/codec/json.ts'
import * as Timestamp from '../../../src/codec/timestamp.ts'
import * as Binding from '../../../src/mpp/wire/binding.ts'
import * as Challenge from '../../../src/mpp/wire/challenge.ts'
import * as ChargeRequest from '../../../src/mpp/wire/charge-request.ts'
import * as Credential from '../../../src/mpp/wire/credential.ts'
import * as Discovery from '../../../src/mpp/wire/discovery.ts'
import * as Mcp from '../../../src/mpp/wire/mcp.ts'
import * as Preferences from '../../../src/mpp/wire/preferences.ts'
import * as Problem from '../../../src/mpp/wire/problem.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import { json, list, type Op, object, Refused, text } from './op.ts'

type Ranges = Preferences.PaymentRange[]

/** A challenge as adapters exchange it: `request` as the JSON object it holds. */
const exchanged = (challenge: Challenge.Challenge): JsonObject =>
  json({ ...challenge, request: Challenge.request(challenge) })

/** The reverse: `request` as canonical base64url. */
const wired = (challenge: JsonObject): Challenge.Challenge =>
  ({ ...challenge, request: Challenge.encodeObject(object(challenge, 'request')) }) as never

const revision = (input: JsonObject): Challenge.Revision => (input['revision'] === '00' ? '00' : '01')

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new DecodeError('missing', 'not there')
  return value
}

const single = <T>(values: readonly T[]): T => {
  if (values.length > 1) throw new DecodeError('bad-syntax', 'more than one')
  if (values.length === 0) throw new DecodeError('wrong-scheme', 'no Payment challenge in the field')
  return values[0] as T
}

export const mppOps = {
  'challenge.decode': (input) => exchanged(single(Challenge.decode(text(input, 'header')))),
  'challenge.encode': (input) => ({ header: Challenge.encode(wired(input)) }),
  'challenge.encodeExtra': (input) => ({
    header: Challenge.encode(
      wired(object(input, 'challenge')),
      object(input, 'extra') as Record<string, string>,
    ),
  }),
  'challenges.decode': (input) => ({
    challenges: json<JsonValue>(Challenge.decode(list(input, 'fields').map(String), revision(input))),
  }),
  'challenge.expired': (input) => ({
    expired: Challenge.isExpired(
      { expires: text(input, 'expires') } as Challenge.Challenge,
      Timestamp.decode(text(input, 'now')),
    ),
  }),
  'challenge.credentialField': (input) => {
    const field = Challenge.credentialField(input as { header?: string })
    if (field === undefined) throw new Refused('unusable', 'no client may send a credential there')
    return { field }
  },
  'challenge.id': ({ secretKey, ...input }) => ({
    id: Binding.id(wired(input), String(secretKey)),
  }),
  'binding.slots': (input) => ({
    slots: Binding.slots(object(input, 'challenge') as never, revision(input)),
  }),
  'binding.id': (input) => ({
    id: Binding.id(object(input, 'challenge') as never, text(input, 'secretKey'), revision(input)),
  }),
  'binding.verify': (input) => {
    const refusal = Binding.verify(
      object(input, 'challenge') as never,
      text(input, 'secretKey'),
      revision(input),
    )
    if (refusal !== undefined) throw new Refused(refusal.problem, refusal.detail)
    return { valid: true }
  },
  'credential.decode': (input) => {
    const credential = Credential.decode(text(input, 'header'))
    return json({ ...credential, challenge: exchanged(credential.challenge) })
  },
  'credential.encode': (input) => ({
    header: Credential.encode({ ...input, challenge: wired(object(input, 'challenge')) } as never),
  }),
  'credential.extract': (input) => ({ tokens: Credential.extract(text(input, 'header')) }),
  'receipt.decode': (input) => json(Receipt.decodeCore(text(input, 'header'))),
  'receipt.encode': (input) => ({ header: Receipt.encodeCore(input as never) }),
  'problem.decode': (input) => {
    const problem = Problem.decode(text(input, 'text'))
    return { problem: json(problem), slug: Problem.slug(problem) ?? null }
  },
  'problem.encode': (input) =>
    json(
      Problem.from(
        Problem.refuse(text(input, 'slug') as Problem.ProblemSlug, text(input, 'detail')),
        typeof input['challengeId'] === 'string' ? input['challengeId'] : undefined,
      ),
    ),
  'preferences.decode': (input) => ({ ranges: json<JsonValue>(Preferences.decode(text(input, 'header'))) }),
  'preferences.encode': (input) => ({ header: Preferences.encode(list(input, 'ranges') as never as Ranges) }),
  'preferences.rank': (input) => ({
    offers: json<JsonValue>(
      Preferences.rank(list(input, 'offers') as never as Ranges, Preferences.decode(text(input, 'header'))),
    ),
  }),
  'chargeRequest.decode': (input) => json(ChargeRequest.decode(text(input, 'text'))),
  'chargeRequest.encode': (input) => ({
    text: ChargeRequest.encode({ ...input, amount: BigInt(text(input, 'amount')) } as never),
  }),
  'idempotencyKey.decode': (input) => ({ key: IdempotencyKey.decode(text(input, 'header')) }),
  'idempotencyKey.encode': (input) => ({ header: IdempotencyKey.encode(text(input, 'key')) }),
  'mcp.error.decode': (input) => json(Mcp.decodeError(input['error'])),
  'mcp.challenge.encode': (input) => Mcp.fromChallenge(input as never),
  'mcp.credential.decode': (input) => json(found(Mcp.credentialOf(object(input, 'message')))),
  'mcp.credential.encode': (input) =>
    Mcp.withCredential(
      object(input, 'message'),
      object(input, 'credential') as never,
      text(input, 'placement') as Mcp.Placement,
    ),
  'mcp.receipt.decode': (input) => json(found(Mcp.receiptOf(object(input, 'message')))),
  'discovery.decode': (input) => json(Discovery.decode(text(input, 'text'))),
  'discovery.offers': (input) => ({ offers: json<JsonValue>(Discovery.offersOf(input['info'])) }),
  'discovery.promised': (input) => ({ members: Discovery.promisedMembers(object(input, 'operation')) }),
  'problem.status': (input) => {
    const entry = Object.hasOwn(Problem.table, text(input, 'slug'))
      ? Problem.table[text(input, 'slug') as Problem.ProblemSlug]
      : undefined
    return { ...found(entry) }
  },
} satisfies Record<string, Op>
