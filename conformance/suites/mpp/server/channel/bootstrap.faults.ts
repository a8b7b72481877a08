/** Servers that tell a payer wrong facts about its channel, or tell them to another account. */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import * as Base64url from '../../../../../src/codec/base64url.ts'
import * as Json from '../../../../../src/codec/json.ts'
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import {
  alterReceipt,
  credentialOf,
  instead,
  onResponse,
  payloadOf,
  type Wrap,
  withHeaders,
  withStatus,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

const proving = (request: Request) => payloadOf(request)['type'] === 'proof'

const sourceless = (request: Request) => {
  const token = (request.headers.get('authorization') ?? '').slice('Payment '.length)
  return proving(request) && !('source' in (Json.decode(Utf8.decode(Base64url.decode(token))) as object))
}

const welcome = () => new Response(null, { status: 204 })

/** A field of answers to proofs changed. */
const alterField = (name: string, change: (value: string) => string): Wrap =>
  onResponse(
    (request, { headers }) => proving(request) && headers.has(name),
    (response) => withHeaders(response, (headers) => headers.set(name, change(headers.get(name) ?? ''))),
  )

/** The request of one kind of challenge changed, whoever asked. */
const alterRequests = (intent: string, change: (details: Json.JsonObject) => void): Wrap =>
  onResponse(
    (_, { status }) => status === 402,
    (response) =>
      withHeaders(response, (headers) => {
        const schemes = AuthParams.decode(headers.get('www-authenticate') ?? '')
        headers.delete('www-authenticate')
        for (const { params: given } of schemes) {
          const params = new Map(given)
          if (params.get('intent') === intent) {
            const request = Challenge.request({ request: params.get('request') ?? '' })
            change(request['methodDetails'] as Json.JsonObject)
            params.set('request', Challenge.encodeObject(request))
          }
          headers.append('www-authenticate', AuthParams.encode(Challenge.scheme, params))
        }
      }),
  )

export const faults = [
  fault({
    name: 'asks-who-on-another-chain',
    breaks: 'SESS-BOOT-001',
    caughtBy: ['bootstrap.asks-nothing', 'bootstrap.proved'],
    http: alterRequests('charge', (details) => {
      details['chainId'] = 1
    }),
  }),
  fault({
    name: 'answers-proofs-200',
    breaks: 'SESS-BOOT-002',
    caughtBy: ['bootstrap.proved'],
    http: onResponse(
      (request, { status }) => proving(request) && status === 204,
      (response) => withStatus(response, 200),
    ),
  }),
  fault({
    name: 'refers-to-no-challenge',
    breaks: 'TCHG-PROOF-006',
    caughtBy: ['bootstrap.reference'],
    http: alterReceipt(proving, (receipt) => {
      receipt['reference'] = 'a proof'
    }),
  }),
  fault({
    name: 'names-two-channels',
    breaks: 'SESS-SNAP-001',
    caughtBy: ['bootstrap.fields'],
    http: alterField('payment-session', () => `0x${'77'.repeat(32)}`),
  }),
  fault({
    name: 'snapshot-of-yesterday',
    breaks: 'SESS-SNAP-006',
    caughtBy: ['bootstrap.true'],
    http: alterField('payment-session-snapshot', (value) => {
      const snapshot = Json.decode(Utf8.decode(Base64url.decode(value))) as Json.JsonObject
      return Base64url.encode(JSON.stringify({ ...snapshot, acceptedCumulative: '1' }))
    }),
  }),
  fault({
    name: 'tells-of-any-channel',
    breaks: 'SESS-BOOT-003',
    caughtBy: ['bootstrap.own-only'],
    store: (store) => ({
      ...store,
      async ofPayer(payer) {
        const own = await store.ofPayer(payer)
        if (own.length > 0) return own
        const all = []
        for await (const record of store.live()) all.push(record)
        return all
      },
    }),
  }),
  fault({
    name: 'tells-before-it-is-proved',
    breaks: 'SESS-BOOT-003',
    caughtBy: ['bootstrap.unproved'],
    http: onResponse(
      (request, { status }) => proving(request) && status === 402,
      (response) =>
        withHeaders(response, (headers) => headers.set('payment-session', `0x${'77'.repeat(32)}`)),
    ),
  }),
  fault({
    name: 'sells-for-a-proof',
    breaks: 'SESS-BOOT-004',
    caughtBy: ['bootstrap.no-content'],
    rules: { bootstrap: { grantsNothing: ok } },
  }),
  fault({
    name: 'tells-for-a-session-challenge',
    breaks: 'TCHG-PROOF-002',
    caughtBy: ['bootstrap.not-for-a-price'],
    http: instead(
      (request) => proving(request) && credentialOf(request)?.challenge['intent'] === 'session',
      welcome,
    ),
  }),
  fault({
    name: 'tells-nobody-in-particular',
    breaks: 'TCHG-PROOF-005',
    caughtBy: ['bootstrap.no-source'],
    http: instead(sourceless, welcome),
  }),
  fault({
    name: 'tells-sources-of-another-chain',
    breaks: 'TCHG-PROOF-005',
    caughtBy: ['bootstrap.other-chain', 'bootstrap.unproved'],
    rules: { proof: { sourceOnChain: ok } },
  }),
  fault({
    name: 'tells-whoever-signs',
    breaks: 'TCHG-PROOF-005',
    caughtBy: ['bootstrap.other-signer', 'bootstrap.unproved'],
    rules: { proof: { signedBySource: ok } },
  }),
  fault({
    name: 'suggests-a-foreign-channel',
    breaks: 'SESS-REQ-008',
    caughtBy: ['bootstrap.suggests'],
    http: alterRequests('session', (details) => {
      if ('channelId' in details) details['channelId'] = `0x${'77'.repeat(32)}`
    }),
  }),
]
