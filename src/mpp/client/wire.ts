/** The client's side of the wire: finding challenges, writing credentials, and reading what comes back. */
import * as AuthParams from '../../codec/auth-params.ts'
import { DecodeError } from '../../codec/decode-error.ts'
import { beginningOf, type Limits } from '../../http/limits.ts'
import * as Challenge from '../wire/challenge.ts'
import * as Credential from '../wire/credential.ts'
import * as Payload from '../wire/payload.ts'
import * as Problem from '../wire/problem.ts'
import * as Receipt from '../wire/receipt.ts'
import { PolicyError } from './policy.ts'

/** The server refused a payment. */
export class PaymentRefused extends Error {
  override readonly name = 'PaymentRefused'
  readonly code = 'refused'
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
 * The server broke the protocol or did not answer. The code says how: for example a stream that is cut, or a receipt
 * that is missing or malformed. `no-answer`: the payment was sent, and it is unknown whether the server took it.
 */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly code:
    | 'no-answer'
    | 'no-stream'
    | 'cut-stream'
    | 'no-receipt'
    | 'malformed-receipt'
    | 'malformed-event'
    | 'not-topped-up'
    | 'not-closed'

  constructor(code: ServerError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * The challenges of a response that this client can answer, in order: method tempo, intent session, in an allowed
 * field. Malformed ones are skipped, like those of other schemes. Throws `PolicyError` when there is none.
 */
export function usableChallenges(response: Response): [Challenge.Challenge, ...Challenge.Challenge[]] {
  const field = response.headers.get('www-authenticate') ?? ''
  const found = schemes(field).flatMap((scheme) => {
    try {
      return Challenge.isPayment(scheme) ? [Challenge.fromScheme(scheme)] : []
    } catch (error) {
      if (error instanceof DecodeError) return []
      throw error
    }
  })
  const [first, ...more] = found.filter(
    (challenge) =>
      challenge.method === 'tempo' &&
      challenge.intent === 'session' &&
      Challenge.credentialField(challenge) !== undefined,
  )
  if (first === undefined)
    throw new PolicyError('no-usable-challenge', 'the server offers no tempo session this client can pay')
  return [first, ...more]
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

/**
 * The first of several challenges that `agree` accepts, with the result of `agree`: a challenge for another chain or
 * token may be followed by an acceptable one. Throws the error of the first challenge when none is accepted.
 */
export function firstPayable<T>(
  challenges: readonly [Challenge.Challenge, ...Challenge.Challenge[]],
  agree: (challenge: Challenge.Challenge) => T,
): { challenge: Challenge.Challenge; terms: T } {
  let why: unknown
  for (const challenge of challenges) {
    try {
      return { challenge, terms: agree(challenge) }
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error
      why ??= error
    }
  }
  throw why
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

/** The session receipt of a response, if it has one. Throws `ServerError` for a malformed one. */
export function receiptOf(response: Response): Receipt.Receipt | undefined {
  const field = response.headers.get('payment-receipt')
  if (field === null) return undefined
  try {
    return Receipt.decode(field)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new ServerError('malformed-receipt', `Payment-Receipt is malformed: ${error.message}`, {
      cause: error,
    })
  }
}

/** Turns a refusing response into an error that says why, as far as the server does. */
export async function refusalOf(action: string, response: Response, limits: Limits): Promise<PaymentRefused> {
  const text = await beginningOf(response, limits)
  try {
    return new PaymentRefused(action, response.status, Problem.decode(text.slice(0, Problem.maxBodyChars)))
  } catch (error) {
    if (error instanceof DecodeError) return new PaymentRefused(action, response.status)
    throw error
  }
}
