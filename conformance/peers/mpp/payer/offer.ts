/** What a response offers, read as it stands: the parameters of its Payment challenge, and ways to alter one. */
import * as AuthParams from '../../../../src/codec/auth-params.ts'
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import type * as Json from '../../../../src/codec/json.ts'
import * as Challenge from '../../../../src/mpp/wire/challenge.ts'
import type { Exchange } from '../../../harness/http.ts'
import { payable, requestOf, type Wallet } from './legible.ts'

export type Params = ReadonlyMap<string, string>

/** The parameters of each Payment challenge of a response, judged or not; lines that do not parse are left out. */
export function offers(answer: Exchange): Params[] {
  return answer.fields('www-authenticate').flatMap((field) => {
    try {
      return AuthParams.decode(field)
        .filter(Challenge.isPayment)
        .map(({ params }) => params)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return []
    }
  })
}

/** Those of the session challenge that the wallet can pay, which may stand anywhere; else the first, or undefined. */
export function rawParameters(answer: Exchange, wallet?: Wallet): Params | undefined {
  const all = offers(answer)
  const sessions = all.filter(
    (params) => params.get('method') === 'tempo' && params.get('intent') === 'session',
  )
  const named = sessions.map((params) => ({
    params,
    request: params.get('request') ?? '',
    expires: params.get('expires'),
  }))
  return payable(named, wallet)?.params ?? all[0]
}

/** A challenge whose request says something else in some members, under the id it was issued with. */
export const withRequest = (
  issued: Challenge.Challenge,
  change: Json.JsonObject,
  details: Json.JsonObject = {},
): Challenge.Challenge => {
  const request = requestOf(issued)
  const methodDetails = { ...(request['methodDetails'] as Json.JsonObject), ...details }
  return { ...issued, request: Challenge.encodeObject({ ...request, methodDetails, ...change }) }
}

/** A challenge without one of its parameters. */
export function without<N extends keyof Challenge.Challenge>(
  issued: Challenge.Challenge,
  name: N,
): Challenge.Challenge {
  const { [name]: _, ...rest } = issued
  return rest as unknown as Challenge.Challenge
}
