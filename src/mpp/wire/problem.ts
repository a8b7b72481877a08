/**
 * Problem Details (RFC 9457) of the Payment scheme and of the session intent: the one table from which every
 * refusal gets its type, title and status.
 *
 * Sources: core draft-01, "Error Codes"; tempo session draft, "Rejection and Error Responses". Where the two
 * disagree on the status, spec/readings.md B1-B8 decide.
 */
import { z } from 'zod'
import { DecodeError } from '../../codec/decode-error.ts'
import * as Json from '../../codec/json.ts'
import { decodeWith, type Known } from '../../codec/schema.ts'

/** Every problem type lives under this base. */
export const base = 'https://paymentauth.org/problems/'

/** slug -> title and HTTP status. */
export const table = {
  'payment-required': { title: 'Payment Required', status: 402 },
  'payment-insufficient': { title: 'Payment Insufficient', status: 402 },
  'payment-expired': { title: 'Payment Expired', status: 402 },
  'payment-action-required': { title: 'Payment Action Required', status: 402 },
  'verification-failed': { title: 'Verification Failed', status: 402 },
  'malformed-credential': { title: 'Malformed Credential', status: 402 },
  'invalid-payload': { title: 'Invalid Payload', status: 402 },
  'invalid-challenge': { title: 'Invalid Challenge', status: 402 },
  'method-unsupported': { title: 'Method Unsupported', status: 400 },
  'bad-request': { title: 'Bad Request', status: 400 },
  'internal-payment-error': { title: 'Internal Payment Error', status: 500 },
  'session/invalid-signature': { title: 'Invalid Signature', status: 402 },
  'session/signer-mismatch': { title: 'Signer Mismatch', status: 402 },
  'session/amount-exceeds-deposit': { title: 'Amount Exceeds Deposit', status: 402 },
  'session/delta-too-small': { title: 'Delta Too Small', status: 402 },
  'session/channel-not-found': { title: 'Channel Not Found', status: 410 },
  'session/channel-finalized': { title: 'Channel Finalized', status: 410 },
  'session/challenge-not-found': { title: 'Challenge Not Found', status: 402 },
  'session/insufficient-balance': { title: 'Insufficient Balance', status: 402 },
} as const satisfies Record<string, { title: string; status: number }>

/** The last part of a problem type. */
export type ProblemSlug = keyof typeof table

/** Why a rule says no. Returned, never thrown. */
export interface Refusal {
  problem: ProblemSlug
  /** One sentence for a person; holds no secret and no whole signature. */
  detail: string
  /** Extension members of the problem body, such as `requiredTopUp`. */
  extensions?: Readonly<Record<string, string>>
}

/** Builds a refusal. */
export const refuse = (problem: ProblemSlug, detail: string, extensions?: Record<string, string>): Refusal =>
  extensions === undefined ? { problem, detail } : { problem, detail, extensions }

const members = {
  type: z.string(),
  title: z.string().optional(),
  status: z.int().min(100).max(599).optional(),
  detail: z.string().optional(),
  challengeId: z.string().optional(),
  channelId: z.string().optional(),
  /** Decimal text in base units (spec/readings.md B10). */
  requiredTopUp: z.string().optional(),
}

/** A problem document (RFC 9457) with the members of the drafts. */
export const schema = z.looseObject(members)

/** A Problem Details body. */
export type Problem = Known<z.output<typeof schema>>

/** The body of a refusal; `challengeId` is the id of the fresh challenge sent with it. */
export function from(refusal: Refusal, challengeId?: string): Problem {
  const { title, status } = table[refusal.problem]
  return {
    ...refusal.extensions,
    type: base + refusal.problem,
    title,
    status,
    detail: refusal.detail,
    ...(challengeId === undefined ? {} : { challengeId }),
  }
}

/** JSON text of a problem. */
export const encode = (problem: Problem): string => JSON.stringify(problem)

/** Largest problem body that is read, in characters. */
export const maxBodyChars = 65_536

/**
 * JSON text to a problem. A known member of another type counts as absent, and so does every one that is absent:
 * the type is then `about:blank` (RFC 9457, sections 3.1 and 3.1.1). Throws `DecodeError` for what is no JSON object.
 */
export function decode(text: string): Problem {
  if (text.length > maxBodyChars) throw new DecodeError('too-large', `over ${maxBodyChars} characters`)
  const value = Json.decode(text)
  if (!Json.isObject(value)) throw new DecodeError('wrong-type', 'a problem is a JSON object')
  const usable = Object.entries(value).filter(([name, member]) => isUsable(name, member))
  return decodeWith(schema, { type: 'about:blank', ...Object.fromEntries(usable) })
}

const isUsable = (name: string, member: unknown): boolean =>
  !Object.hasOwn(members, name) || members[name as keyof typeof members].safeParse(member).success

/** The slug of a problem of this scheme, or undefined for any other type. */
export function slug(problem: Problem): ProblemSlug | undefined {
  const name = problem.type.startsWith(base) ? problem.type.slice(base.length) : ''
  return Object.hasOwn(table, name) ? (name as ProblemSlug) : undefined
}
