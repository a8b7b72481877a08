/** Faults of clients that do not heed which field a challenge selects. */
import { fault } from '../fault.ts'
import { encoded, rewriting } from './puppets.fault.ts'

const toAuthorization =
  (...actions: readonly string[]): Parameters<typeof rewriting>[0] =>
  (credential, headers, field) => {
    if (!actions.includes(String(credential.payload['action']))) return
    headers.delete(field)
    headers.set('authorization', encoded(credential))
  }

export const faults = [
  fault({
    name: 'opens-in-authorization',
    breaks: 'CORE-HDR-003',
    caughtBy: ['alternate.field', 'alternate.login-stays'],
    variant: { fetch: rewriting(toAuthorization('open')) },
  }),
  fault({
    name: 'closes-in-authorization',
    breaks: 'CORE-HDR-015',
    caughtBy: ['alternate.every-action', 'alternate.login-beside-vouchers'],
    variant: { fetch: rewriting(toAuthorization('close')) },
  }),
  fault({
    name: 'sends-vouchers-in-authorization',
    breaks: 'CORE-HDR-015',
    caughtBy: ['alternate.every-action', 'alternate.login-beside-vouchers'],
    variant: { fetch: rewriting(toAuthorization('voucher')) },
  }),
  fault({
    name: 'fills-both-fields',
    breaks: 'CORE-HDR-004',
    caughtBy: ['alternate.not-both', 'alternate.login-stays'],
    variant: {
      fetch: rewriting((credential, headers, field) => {
        if (field !== 'authorization') headers.set('authorization', encoded(credential))
      }),
    },
  }),
  fault({
    name: 'forgets-the-header-member',
    breaks: 'CORE-HDR-007',
    caughtBy: ['alternate.echoed'],
    variant: {
      fetch: rewriting(({ challenge }) => {
        delete challenge['header']
      }),
    },
  }),
  fault({
    name: 'drops-the-login',
    breaks: 'CORE-HDR-013',
    caughtBy: ['alternate.login-stays', 'alternate.login-beside-vouchers'],
    variant: {
      fetch: rewriting((_, headers, field) => {
        if (field !== 'authorization') headers.delete('authorization')
      }),
    },
  }),
  fault({
    name: 'logs-in-once',
    breaks: 'CORE-HDR-013',
    caughtBy: ['alternate.login-beside-vouchers'],
    variant: {
      fetch: rewriting(({ payload }, headers, field) => {
        if (field !== 'authorization' && payload['action'] !== 'open') headers.delete('authorization')
      }),
    },
  }),
  fault({
    name: 'answers-any-field',
    breaks: 'CORE-HDR-005',
    caughtBy: ['alternate.unknown-field'],
    variant: {
      // It never sees which field was selected.
      fetch: (fetch) => async (input, init) => {
        const response = await fetch(input, init)
        const field = response.headers.get('www-authenticate')
        if (field === null) return response
        const headers = new Headers(response.headers)
        headers.set('www-authenticate', field.replace(/, *header="X-[^"]*"/, ''))
        return new Response(response.body, { status: response.status, headers })
      },
    },
  }),
  fault({
    name: 'opens-for-a-field-that-its-vouchers-never-use',
    breaks: 'CORE-HDR-003',
    caughtBy: ['alternate.paid'],
    variant: {
      fetch: rewriting(({ payload }, headers, field) => {
        if (field !== 'authorization' && payload['action'] === 'voucher') headers.delete(field)
      }),
    },
  }),
]
