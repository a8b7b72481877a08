/** Rules on the echoed challenge: core draft-01, "Challenge Binding" and "Server Behavior". */

import * as Digest from '../../../codec/digest.ts'
import * as Binding from '../../wire/binding.ts'
import * as Challenge from '../../wire/challenge.ts'
import { refuse } from '../../wire/problem.ts'
import type { SessionRequest } from '../../wire/session-request.ts'
import type { RuleTable } from './rule.ts'

/** An echoed challenge and what it came with, whatever it was issued for. */
export interface EchoInput {
  echo: Challenge.Challenge
  /** The field the credential came in. */
  field: string
  realm: string
  secret: Binding.Secret | readonly Binding.Secret[]
  body: Uint8Array
  /** Milliseconds since the epoch. */
  now: number
}

export interface ChallengeInput extends EchoInput {
  /** What the echo's `request` says; undefined when it is no session request. */
  asked: SessionRequest | undefined
  /** What this resource asks for. */
  offered: SessionRequest
}

/** Rules on every echo. */
const echoRules = {
  /** CORE-BIND-001, 007-012, 017, 018; CORE-HDR-011. */
  issuedHere: ({ echo, secret }) => Binding.verify(echo, secret),
  /** CORE-BIND-009. */
  sameRealm: ({ echo, realm }) =>
    echo.realm === realm ? undefined : refuse('invalid-challenge', 'the challenge belongs to another realm'),
  /** CORE-HDR-009, CORE-HDR-010. */
  selectedField: ({ echo, field }) =>
    Challenge.credentialField(echo) === field
      ? undefined
      : refuse('invalid-challenge', 'the credential is not in the field its challenge selects'),
  /**
   * Every challenge issued here has `expires`. One without it, even if bound by our secret, could be used without end.
   */
  expires: ({ echo }) =>
    echo.expires === undefined
      ? refuse('invalid-challenge', 'the challenge does not say when it expires')
      : undefined,
  /** CORE-STAT-003, CORE-BIND-008, SESS-TOPUP-003, CHG-005. */
  notExpired: ({ echo, now }) =>
    Challenge.isExpired(echo, now) ? refuse('payment-expired', 'the challenge has expired') : undefined,
  /** CORE-DIG-001. */
  sameBody: ({ echo, body }) =>
    echo.digest === undefined || Digest.verify(echo.digest, body)
      ? undefined
      : refuse('verification-failed', 'the body is not the one the challenge was issued for'),
} satisfies RuleTable<EchoInput>

export const challengeRules = {
  issuedHere: echoRules.issuedHere,
  sameRealm: echoRules.sameRealm,
  selectedField: echoRules.selectedField,
  /** CORE-CRED-013. */
  supportedMethod: ({ echo }) =>
    echo.method === 'tempo' && echo.intent === 'session'
      ? undefined
      : refuse('method-unsupported', 'this resource is paid with tempo sessions'),
  expires: echoRules.expires,
  notExpired: echoRules.notExpired,
  /** CORE-BIND-013: what was asked must be what this resource asks. */
  samePrice: ({ asked, offered }) =>
    asked !== undefined && sameTerms(asked, offered)
      ? undefined
      : refuse('invalid-challenge', 'the challenge was issued for other terms than this resource has'),
  sameBody: echoRules.sameBody,
} satisfies RuleTable<ChallengeInput>

/** Suggestions may change between a challenge and its answer; what is paid, to whom and where may not. */
function sameTerms(asked: SessionRequest, offered: SessionRequest): boolean {
  const a = asked.methodDetails
  const b = offered.methodDetails
  return (
    asked.amount === offered.amount &&
    asked.currency === offered.currency &&
    asked.recipient === offered.recipient &&
    a.escrowContract === b.escrowContract &&
    a.chainId === b.chainId &&
    a.sessionProtocol === b.sessionProtocol &&
    a.operator === b.operator &&
    a.feePayer === b.feePayer
  )
}
