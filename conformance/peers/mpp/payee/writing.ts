/**
 * Tools that make a server write what it means in a wrong form, and know it again: an echo of what it wrote is read as
 * what it meant. So nothing is wrong but the form.
 */
import * as AuthParams from '../../../../src/codec/auth-params.ts'
import type * as Json from '../../../../src/codec/json.ts'
import * as Challenge from '../../../../src/mpp/wire/challenge.ts'
import { alterCredential } from './credentials.ts'
import { type Wrap, withHeaders } from './wire.ts'

type Params = Map<string, string>

/** Challenges with parameters written otherwise, in whatever response they come. The id stays as it is. */
export const writesChallenge =
  (change: (params: Params) => void): Wrap =>
  (handler) => {
    const issued = new Map<string, { meant: Params; wrote: Params }>()
    const understanding = alterCredential(({ challenge }) => {
      // One whose id was forged is known by what it asks for: no more is wrong with it than the id.
      const known = issued.get(String(challenge['id'])) ?? issued.get(String(challenge['request']))
      if (known === undefined) return
      const { meant, wrote } = known
      for (const name of new Set([...meant.keys(), ...wrote.keys()])) {
        if (challenge[name] !== wrote.get(name)) continue
        const value = meant.get(name)
        if (value === undefined) delete challenge[name]
        else challenge[name] = value
      }
    })(handler)
    return async (request) => {
      const response = await understanding(request)
      const field = response.headers.get('www-authenticate')
      if (field === null) return response
      const written = AuthParams.decode(field).map(({ scheme, params }) => {
        const meant = new Map(params)
        if (meant.get('method') !== 'tempo' || meant.get('intent') !== 'session')
          return AuthParams.encode(scheme, meant)
        const wrote = new Map(meant)
        change(wrote)
        for (const name of ['id', 'request']) issued.set(wrote.get(name) ?? '', { meant, wrote })
        return AuthParams.encode(scheme, wrote)
      })
      return withHeaders(response, (headers) => headers.set('www-authenticate', written.join(', ')))
    }
  }

/** As `writesChallenge`, for the request in it. */
export const writesTerms = (change: (request: Json.JsonObject, details: Json.JsonObject) => void): Wrap =>
  writesChallenge((params) => {
    const request = Challenge.request({ request: params.get('request') ?? '' })
    change(request, request['methodDetails'] as Json.JsonObject)
    params.set('request', Challenge.encodeObject(request))
  })
