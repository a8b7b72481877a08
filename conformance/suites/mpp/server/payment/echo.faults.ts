/**
 * Servers that do not look at one member of the echo, in one action by one method: one for each row of the table, each
 * at another place, so that every action and every method is seen to count.
 */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import type * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { alterCredential, forgettingWhere } from '../../../../peers/mpp/payee/credentials.ts'
import { paying } from '../../../../peers/mpp/payee/wire.ts'
import { actions, methods } from '../bench.ts'
import { fault } from '../fault.ts'

const members = ['realm', 'method', 'intent', 'request', 'expires', 'digest', 'opaque', 'header'] as const

/** Where the row is not looked at. */
const placeOf = (row: number) => ({
  action: actions[row % actions.length] as string,
  method: methods[row % methods.length] as string,
})

const forgets = (member: keyof Challenge.Challenge, row: number) => {
  const { action, method } = placeOf(row)
  return fault({
    name: `forgets-${member}-in-${action}-by-${method}`.toLowerCase(),
    breaks: member === 'expires' ? 'CORE-BIND-008' : 'CORE-BIND-017',
    caughtBy: [`echo.${member}`],
    made: 'puppet',
    http: forgettingWhere((request) => request.method === method && paying(action)(request), member),
  })
}

const closesByHead = (request: Request) => request.method === 'HEAD' && paying('close')(request)

/** Takes whatever comes for the challenge that it issued last. */
const anyId = fault({
  name: 'any-id-in-close-by-head',
  breaks: 'CORE-BIND-012',
  caughtBy: ['echo.id'],
  made: 'puppet',
  http: (handler) => {
    let last: string | undefined
    const restored = alterCredential(({ challenge }) => {
      if (last !== undefined) challenge['id'] = last
    })(handler)
    return async (request) => {
      const response = await (closesByHead(request) ? restored : handler)(request)
      const field = response.headers.get('www-authenticate')
      last = field === null ? last : AuthParams.decode(field)[0]?.params.get('id')
      return response
    }
  },
})

export const faults = [...members.map(forgets), anyId]
