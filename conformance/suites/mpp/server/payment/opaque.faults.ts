/** Servers that lose or misread what they wrote into their own challenge. */
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { alterCredential, forgetting } from '../../../../peers/mpp/payee/credentials.ts'
import { onResponse, payloadOf, withHeaders } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

export const faults = [
  fault({
    name: 'opaque-of-numbers',
    breaks: 'CORE-CHAL-020',
    caughtBy: ['opaque.form'],
    http: onResponse(
      (request, { headers }) => payloadOf(request)['action'] === undefined && headers.has('www-authenticate'),
      (response) =>
        withHeaders(response, (headers) => {
          const field = headers.get('www-authenticate') ?? ''
          headers.set(
            'www-authenticate',
            field.replace(/opaque="[^"]+"/, `opaque="${Challenge.encodeObject({ order: 7 })}"`),
          )
        }),
    ),
  }),
  fault({
    name: 'forgets-what-it-wanted-back',
    breaks: 'CORE-BIND-011',
    caughtBy: ['opaque.altered', 'opaque.dropped'],
    like: ['tempoxyz/pympp#79'],
    http: forgetting('opaque'),
  }),
  fault({
    name: 'reads-the-description',
    breaks: 'CORE-CHAL-019',
    caughtBy: ['opaque.description'],
    http: (handler) => {
      let free = false
      return alterCredential(({ challenge }) => {
        free = String(challenge['description']).startsWith('free')
      })(async (request) => (free ? new Response(null, { status: 200 }) : handler(request)))
    },
  }),
]
