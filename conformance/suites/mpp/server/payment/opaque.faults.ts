/** Servers that lose or misread what they wrote into their own challenge. */
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { alterCredential, forgetting } from '../../../../peers/mpp/payee/credentials.ts'
import { writesChallenge } from '../../../../peers/mpp/payee/writing.ts'
import { fault } from '../fault.ts'

export const faults = [
  fault({
    name: 'opaque-of-numbers',
    breaks: 'CORE-CHAL-020',
    caughtBy: ['opaque.form', 'challenge.opaque'],
    http: writesChallenge((params) => params.set('opaque', Challenge.encodeObject({ order: 7 }))),
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
