/**
 * Problem Details (RFC 9457) of the Payment scheme and of the session intent: the one table from which every
 * refusal gets its type, title and status.
 *
 * Sources: core draft-01, "Error Codes"; tempo session draft, "Rejection and Error Responses". Where the two
 * disagree on the status, spec/readings.md B1-B8 decide.
 */
import { z } from 'zod'
import * as Json from '../codec/json.ts'
import { decodeWith, type Known } from './schema.ts'

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

export const schema = z.looseObject({
  type: z.string(),
  title: z.string().optional(),
  status: z.int().min(100).max(599).optional(),
  detail: z.string().optional(),
  challengeId: z.string().optional(),
  channelId: z.string().optional(),
  requiredTopUp: z.string().optional(),
})

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

/** JSON text to a problem. Throws `DecodeError`. */
export const decode = (text: string): Problem => decodeWith(schema, Json.decode(text))

/** The slug of a problem of this scheme, or undefined for any other type. */
export function slug(problem: Problem): ProblemSlug | undefined {
  const name = problem.type.startsWith(base) ? problem.type.slice(base.length) : ''
  return Object.hasOwn(table, name) ? (name as ProblemSlug) : undefined
}
