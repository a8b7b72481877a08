/** The client's HTTP: finding a challenge to answer, sending credentials, and reading what comes back. */
import * as AuthParams from '../codec/auth-params.ts'
import { DecodeError } from '../codec/decode-error.ts'
import * as Challenge from '../mpp/challenge.ts'
import * as Credential from '../mpp/credential.ts'
import * as Payload from '../mpp/payload.ts'
import * as Problem from '../mpp/problem.ts'
import * as Receipt from '../mpp/receipt.ts'
import { PolicyError } from './policy.ts'

/** The server refused a payment. */
export class PaymentRefused extends Error {
  override readonly name = 'PaymentRefused'
  readonly status: number
  readonly problem: Problem.Problem | undefined

  constructor(action: string, status: number, problem?: Problem.Problem) {
    super(
      `${action} refused with ${status}${problem === undefined ? '' : `: ${problem.detail ?? problem.type}`}`,
    )
    this.status = status
    this.problem = problem
  }
}

/**
 * The first challenge of a response that this client can answer: tempo, session, in a field it may use. A challenge
 * that is malformed is passed over, like one of another scheme. Throws `PolicyError` when there is none.
 */
export function usableChallenge(response: Response): Challenge.Challenge {
  const field = response.headers.get('www-authenticate') ?? ''
  const found = schemes(field).flatMap((scheme) => {
    try {
      return Challenge.isPayment(scheme) ? [Challenge.fromScheme(scheme)] : []
    } catch (error) {
      if (error instanceof DecodeError) return []
      throw error
    }
  })
  const usable = found.find(
    (challenge) =>
      challenge.method === 'tempo' &&
      challenge.intent === 'session' &&
      Challenge.credentialField(challenge) !== undefined,
  )
  if (usable === undefined)
    throw new PolicyError('no-usable-challenge', 'the server offers no tempo session this client can pay')
  return usable
}

function schemes(field: string): AuthParams.AuthScheme[] {
  try {
    return AuthParams.decode(field)
  } catch (error) {
    if (error instanceof DecodeError)
      throw new PolicyError('no-usable-challenge', `WWW-Authenticate is malformed: ${error.message}`)
    throw error
  }
}

/** Request headers with a credential in the field its challenge selects; an ordinary Authorization stays. */
export function withCredential(
  init: HeadersInit | undefined,
  challenge: Challenge.Challenge,
  payload: Payload.Payload,
  source: string,
): Headers {
  const headers = new Headers(init)
  const credential = { challenge, source, payload: Payload.toJson(payload) as never }
  headers.set(Challenge.credentialField(challenge) ?? 'Authorization', Credential.encode(credential))
  return headers
}

/** The session receipt of a response, if it has one. Throws `DecodeError` for a malformed one. */
export function receiptOf(response: Response): Receipt.Receipt | undefined {
  const field = response.headers.get('payment-receipt')
  return field === null ? undefined : Receipt.decode(field)
}

/** Turns a refusing response into an error that says why, as far as the server does. */
export async function refusalOf(action: string, response: Response): Promise<PaymentRefused> {
  const text = await response.text()
  try {
    return new PaymentRefused(action, response.status, Problem.decode(text.slice(0, Problem.maxBodyChars)))
  } catch (error) {
    if (error instanceof DecodeError) return new PaymentRefused(action, response.status)
    throw error
  }
}
