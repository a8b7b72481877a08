/** Servers behind a login that mix up who logs in and who pays. */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import { loginToken } from '../../../../../src/mpp/server/example/resources.ts'
import * as Binding from '../../../../../src/mpp/wire/binding.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { alterFields, forgetting } from '../../../../peers/mpp/payee/credentials.ts'
import {
  at,
  instead,
  onResponse,
  payloadOf,
  withHeaders,
  withStatus,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

const atLogin = at('/login')

const bearer = `Bearer ${loginToken}`

const alternate = (request: Request): string => request.headers.get(Challenge.alternateField) ?? ''

export const faults = [
  fault({
    name: 'asks-payment-before-login',
    breaks: 'CORE-STAT-014',
    caughtBy: ['login.first'],
    http: alterFields((headers) => {
      if (!headers.has('authorization')) headers.set('authorization', bearer)
    }),
  }),
  fault({
    name: 'login-asks-again',
    breaks: 'CORE-STAT-014',
    caughtBy: ['login.then-payment'],
    http: onResponse(
      (request, { status }) => atLogin(request) && status === 402 && alternate(request) === '',
      (response) => withStatus(response, 401),
    ),
  }),
  fault({
    name: 'login-and-payment-in-one-field',
    breaks: 'CORE-HDR-014',
    caughtBy: ['login.selects'],
    http: onResponse(
      (request, { status }) => atLogin(request) && status === 402,
      (response) =>
        withHeaders(response, (headers) => {
          const found = AuthParams.decode(headers.get('www-authenticate') ?? '')[0]
          const params = new Map(found?.params)
          params.delete('header')
          headers.set('www-authenticate', AuthParams.encode(Challenge.scheme, params))
        }),
    ),
  }),
  fault({
    name: 'closes-only-in-authorization',
    breaks: 'CORE-HDR-015',
    caughtBy: ['login.whole-session'],
    http: instead(
      (request) => alternate(request) !== '' && payloadOf(request)['action'] === 'close',
      () => new Response(null, { status: 400, headers: { 'cache-control': 'no-store' } }),
    ),
  }),
  fault({
    name: 'login-hides-the-payment',
    breaks: 'CORE-CRED-011',
    caughtBy: ['login.whole-session', 'login.content'],
    http: alterFields((headers) => {
      if (headers.get('authorization') === bearer) headers.delete(Challenge.alternateField)
    }),
  }),
  fault({
    name: 'stumbles-over-a-foreign-field',
    breaks: 'CORE-CRED-011',
    caughtBy: ['login.foreign'],
    http: instead(
      (request) => alternate(request).startsWith('Bearer'),
      () => new Response(null, { status: 400 }),
    ),
  }),
  fault({
    name: 'takes-payment-for-a-login',
    breaks: 'CORE-HDR-009',
    caughtBy: ['login.in-authorization'],
    http: alterFields((headers) => {
      const found = /Payment [A-Za-z0-9_-]{99,}$/.exec(headers.get('authorization') ?? '')?.[0]
      if (
        found === undefined ||
        !/"?header"?/.test(atob(found.slice(8).replaceAll('-', '+').replaceAll('_', '/')))
      )
        return
      headers.set('authorization', bearer)
      headers.set(Challenge.alternateField, found)
    }),
  }),
  fault({
    name: 'restores-the-field',
    breaks: 'CORE-HDR-011',
    caughtBy: ['login.dropped-header'],
    http: forgetting('header'),
  }),
  fault({
    name: 'joins-without-looking',
    breaks: 'CORE-BIND-018',
    caughtBy: ['login.resplit'],
    rules: {
      challenge: {
        issuedHere: ({ echo, secret }) => {
          const secrets = [secret].flat() as Binding.Secret[]
          const refusal = refuse('invalid-challenge', 'the challenge was not issued by this server')
          return secrets.some((one) => Binding.id(echo, one) === echo.id) ? undefined : refusal
        },
        selectedField: ok,
      },
    },
  }),
  fault({
    name: 'cacheable-after-login',
    breaks: 'CORE-HDR-012',
    caughtBy: ['login.cache'],
    http: onResponse(
      (request, { ok: served }) => alternate(request) !== '' && served,
      (response) => withHeaders(response, (headers) => headers.delete('cache-control')),
    ),
  }),
  fault({
    name: 'crashes-on-a-foreign-field',
    breaks: 'CORE-PROB-010',
    caughtBy: ['login.no-5xx', 'login.foreign'],
    http: instead(
      (request) => alternate(request).startsWith('Bearer'),
      () => new Response(null, { status: 500 }),
    ),
  }),
]
