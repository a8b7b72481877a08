/** Servers that take a challenge they did not issue, or not for this. */
import type { Rpc } from '../../../../../src/chain/rpc.ts'
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import { descriptorRules } from '../../../../../src/mpp/server/rules/channel.ts'
import * as Binding from '../../../../../src/mpp/wire/binding.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { forgetting } from '../../../../peers/mpp/payee/credentials.ts'
import { alterProblem, credentialOf, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

const forged = refuse('invalid-challenge', 'the challenge was not issued by this server')

/** Passes on every transaction to another contract than the reserve before it looks at who asks. */
function relayingFault() {
  let chain: Rpc | undefined
  return fault({
    name: 'relays-before-it-looks',
    breaks: 'SESS-FEE-009',
    caughtBy: ['binding.tampered-escrow'],
    like: ['mpp-rs 70846716383'],
    chain: (rpc) => {
      chain = rpc
      return rpc
    },
    http: (handler) => async (request) => {
      const transaction = String(payloadOf(request)['transaction'] ?? '')
      if (transaction !== '' && !transaction.includes(Reserve.address.slice(2)))
        await chain?.request({ method: 'eth_sendRawTransaction', params: [transaction] })
      return handler(request)
    },
  })
}

export const faults = [
  fault({
    name: 'forgets-its-price',
    breaks: 'CORE-BIND-007',
    caughtBy: ['binding.tampered-amount', 'binding.tampered-terms'],
    http: forgetting('request'),
  }),
  fault({
    name: 'forgets-its-recipient',
    breaks: 'CORE-BIND-007',
    caughtBy: ['binding.tampered-amount', 'binding.tampered-terms', 'binding.tampered-recipient'],
    http: forgetting('request'),
    rules: { descriptor: { ...descriptorRules, payeeIsRecipient: ok } },
  }),
  relayingFault(),
  fault({
    name: 'forgets-its-expiry',
    breaks: 'CORE-BIND-008',
    caughtBy: ['binding.later-expires', 'binding.removed-expires'],
    like: ['tempoxyz/pympp#78', 'wevm/mppx#141'],
    http: forgetting('expires'),
  }),
  fault({
    name: 'forgets-its-realm',
    breaks: 'CORE-BIND-009',
    caughtBy: ['binding.other-realm'],
    like: ['tempoxyz/pympp#79'],
    http: forgetting('realm'),
  }),
  fault({
    name: 'forgets-its-method',
    breaks: 'CORE-BIND-009',
    caughtBy: ['binding.other-method', 'binding.other-intent'],
    like: ['tempoxyz/pympp#79'],
    http: forgetting('method', 'intent'),
  }),
  fault({
    name: 'forgets-its-digest',
    breaks: 'CORE-BIND-010',
    caughtBy: [
      'binding.added-digest',
      'binding.other-digest',
      'binding.dropped-digest',
      'binding.other-body',
    ],
    like: ['tempoxyz/mpp-go#55', 'tempoxyz/pympp#79'],
    http: forgetting('digest'),
    rules: { challenge: { sameBody: ok } },
  }),
  fault({
    name: 'digests-no-body',
    breaks: 'CORE-DIG-001',
    caughtBy: ['binding.other-body'],
    like: ['tempoxyz/mpp-go#55'],
    rules: { challenge: { sameBody: ok } },
  }),
  fault({
    name: 'forgets-its-opaque',
    breaks: 'CORE-BIND-017',
    caughtBy: ['binding.added-opaque'],
    like: ['tempoxyz/pympp#79'],
    http: forgetting('opaque'),
  }),
  fault({
    name: 'forgets-its-header',
    breaks: 'CORE-HDR-011',
    caughtBy: ['binding.added-header'],
    http: forgetting('header'),
  }),
  fault({
    name: 'trusts-echoed-ids',
    breaks: 'CORE-BIND-012',
    caughtBy: [
      'binding.later-expires',
      'binding.removed-expires',
      'binding.tampered-terms',
      'binding.added-digest',
      'binding.added-opaque',
      'binding.added-header',
      'binding.forged-id',
      'binding.misspelt-id',
      'binding.guessed-secret',
      'binding.other-digest',
      'binding.dropped-digest',
    ],
    like: ['tempoxyz/mpp-rs#97'],
    rules: { challenge: { issuedHere: ok, expires: ok } },
  }),
  fault({
    name: 'compares-half-of-the-id',
    breaks: 'CORE-BIND-012',
    caughtBy: ['binding.misspelt-id'],
    rules: {
      challenge: {
        issuedHere: ({ echo, secret }) => {
          const secrets = [secret].flat() as Binding.Secret[]
          return secrets.some((one) => Binding.id(echo, one).startsWith(echo.id)) ? undefined : forged
        },
      },
    },
  }),
  fault({
    name: 'keeps-the-default-secret',
    breaks: 'CORE-BIND-012',
    caughtBy: ['binding.guessed-secret'],
    like: ['wevm/mppx#562'],
    rules: {
      challenge: {
        issuedHere: ({ echo, secret }) =>
          Binding.verify(echo, [...([secret].flat() as Binding.Secret[]), 'secret']),
      },
    },
  }),
  fault({
    name: 'forged-called-required',
    breaks: 'CORE-STAT-003',
    caughtBy: ['binding.forged-label'],
    http: alterProblem((_, type) => type.endsWith('invalid-challenge'), 'payment-required'),
  }),
  fault({
    name: 'knows-only-its-last-challenge',
    breaks: 'CORE-STAT-005',
    caughtBy: ['binding.unhurried'],
    like: ['tempoxyz/mpp-go#13', 'tempoxyz/mpp-go#43'],
    http: (handler) => {
      const issued: string[] = []
      return async (request) => {
        const id = credentialOf(request)?.challenge['id'] as string | undefined
        const stale = id !== undefined && issued.includes(id) && id !== issued.at(-1)
        const response = stale ? new Response(null, { status: 402 }) : await handler(request)
        const field = response.headers.get('www-authenticate')
        const fresh = field === null ? undefined : AuthParams.decode(field)[0]?.params.get('id')
        if (fresh !== undefined) issued.push(fresh)
        return response
      }
    },
  }),
]
