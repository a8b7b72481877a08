/** Faults of clients that read a body once, or write it anew for the request that pays. */
import { faultsOf } from '../fault.ts'
import { outgoing } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('bodies')

/** Paid requests of one kind of body carry another. */
const paying = (as: string, rewrite: (body: Uint8Array<ArrayBuffer>) => BodyInit): ClientVariant => ({
  fetch: (fetch, env) => (input, init) =>
    env['BODY_AS'] === as && init?.body instanceof Uint8Array && outgoing(init) !== undefined
      ? fetch(input, { ...init, body: rewrite(init.body as Uint8Array<ArrayBuffer>) })
      : fetch(input, init),
})

export const faults = [
  named('sends-forms-as-text', 'CORE-CHAL-018', ['form-type'], {
    fetch: (fetch, env) => (input, init) => {
      if (env['BODY_AS'] !== 'form' || outgoing(init) === undefined) return fetch(input, init)
      const headers = new Headers(init?.headers)
      headers.set('content-type', 'text/plain')
      return fetch(input, { ...init, headers })
    },
  }),
  named(
    'reads-a-body-once',
    'CORE-CHAL-018',
    ['stream', 'stream-whole'],
    paying('stream', () => new Uint8Array()),
    ['pympp#166'],
  ),
  named(
    'writes-forms-anew',
    'CORE-CHAL-018',
    ['form', 'form-same', 'form-type'],
    paying('form', (body) => new TextDecoder().decode(body).replaceAll(/--[-\w]+(?=\r\n|--\r\n)/g, '$&x')),
  ),
]
