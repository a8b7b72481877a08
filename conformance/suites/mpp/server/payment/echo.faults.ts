/**
 * Servers that do not look at one member of the echo, in one action by one method: they take it where it is missing, or
 * where it is altered, or where one member of the request is. Of all of these, the suite proves one for each change, each
 * at another place; the rest are held out, and test/conformance/held-out.test.ts judges them.
 */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import type * as Json from '../../../../../src/codec/json.ts'
import { alterCredential } from '../../../../peers/mpp/payee/credentials.ts'
import { paying, type Wrap } from '../../../../peers/mpp/payee/wire.ts'
import { requestOf } from '../../../../peers/mpp/payer/legible.ts'
import { type Action, actions, type Method, methods } from '../bench.ts'
import { fault, type ServerFault } from '../fault.ts'
import { type Change, rows } from './echo-members.ts'

/** Where a change of the echo is not seen. */
export interface EchoPlace {
  what: string
  change: Change
  action: Action
  method: Method
}

const changes = Object.values(rows).flatMap((row) => Object.entries<Change>(row))

/** Every place that the table tries. */
export const echoPlaces: readonly EchoPlace[] = changes.flatMap(([what, change]) =>
  actions.flatMap((action) => methods.map((method) => ({ what, change, action, method }))),
)

const named = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-')

/** The server that does not see it there. */
export function overlookingEcho({ what, change, action, method }: EchoPlace): ServerFault {
  const { member, term } = change
  const here = (request: Request) => request.method === method && paying(action)(request)
  return fault({
    name: named(`echo-${action}-${member}-${what}-by-${method}`),
    breaks: member === 'expires' ? 'CORE-BIND-008' : member === 'id' ? 'CORE-BIND-012' : 'CORE-BIND-017',
    caughtBy: [`echo.${member}`],
    made: 'puppet',
    http: restoring(here, (echoed, issued) => {
      const value = issued.get(member)
      if (!overlooked[change.kind](echoed[member], value)) return
      if (term !== undefined && !differsIn(term, echoed, value)) return
      if (value === undefined) delete echoed[member]
      else echoed[member] = value
    }),
  })
}

/** By the kind of a change: whether it is what came, in the place of what was issued. */
const overlooked: Readonly<Record<Change['kind'], (came: unknown, issued: unknown) => boolean>> = {
  missing: (came, issued) => came === undefined && issued !== undefined,
  altered: (came) => came !== undefined,
  toggled: (came, issued) => (came === undefined) !== (issued === undefined),
}

/** Whether nothing but this member of the request was changed. */
function differsIn(term: string, echoed: Json.JsonObject, issued: string | undefined): boolean {
  if (typeof echoed['request'] !== 'string' || issued === undefined) return false
  const flat = (request: string) => {
    const { methodDetails, ...rest } = requestOf({ request })
    return Object.entries({ ...rest, ...(methodDetails as Json.JsonObject) })
  }
  const before = new Map(flat(issued))
  const after = flat(echoed['request'])
  const differing = after.flatMap(([name, value]) => (before.get(name) === value ? [] : name))
  return differing.length === 1 && differing[0] === term
}

type Restore = (echoed: Json.JsonObject, issued: ReadonlyMap<string, string>) => void

/** Rewrites the echo of the requests that a condition picks, by what was issued under its id; else by what was last. */
const restoring =
  (picks: (request: Request) => boolean, restore: Restore): Wrap =>
  (handler) => {
    const all = new Map<string, ReadonlyMap<string, string>>()
    let last: ReadonlyMap<string, string> | undefined
    const restored = alterCredential(({ challenge }) => {
      const issued = all.get(String(challenge['id'])) ?? last
      if (issued !== undefined) restore(challenge, issued)
    })(handler)
    return async (request) => {
      const response = await (picks(request) ? restored : handler)(request)
      const field = response.headers.get('www-authenticate')
      for (const { params } of field === null ? [] : AuthParams.decode(field)) {
        last = params
        all.set(params.get('id') ?? '', params)
      }
      return response
    }
  }

/** One place for each change, each another one, so that every action and every method is seen to count. */
export const faults = changes.map(([what], i) => {
  const own = echoPlaces.filter((place) => place.what === what)
  return overlookingEcho(own[(5 * i) % own.length] as EchoPlace)
})
