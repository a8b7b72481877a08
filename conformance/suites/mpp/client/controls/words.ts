/** Controls that pay as the reference does, and write it otherwise: fields, JSON, what is printed. */
import * as Base64url from '../../../../../src/codec/base64url.ts'
import * as Json from '../../../../../src/codec/json.ts'
import type { ClientControl } from '../fault.ts'
import { type Outgoing, outgoing, rewriting } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

/** Writes the value of the field that a credential is in. */
const writing = (write: (credential: Outgoing) => string): ClientVariant => ({
  fetch: (fetch) => async (input, init) => {
    const sent = outgoing(init)
    if (sent === undefined) return fetch(input, init)
    const { credential, headers, field } = sent
    headers.set(field, write(credential))
    return fetch(input, { ...init, headers })
  },
})
const token = (text: string): string => Base64url.encode(text)

/** Changes the headers of every request. */
const heading = (change: (headers: Headers) => void): ClientVariant => ({
  fetch: (fetch) => (input, init) => {
    const headers = new Headers(init?.headers)
    change(headers)
    return fetch(input, { ...init, headers })
  },
})

/** The members of every object in reverse. */
function reversed(value: Json.JsonValue): Json.JsonValue {
  if (Array.isArray(value)) return value.map(reversed)
  if (!Json.isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  )
}
const plain = (credential: Outgoing) => ({ ...credential }) as Json.JsonObject

/** Every letter and digit of a text is escaped. */
const escaped = (text: string): string =>
  text.replaceAll(/"[^"\\]*"/g, (quoted) =>
    quoted.replaceAll(/[A-Za-z0-9]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )

const later = { later: { version: 2, list: [1, null] } }

export const words: readonly ClientControl[] = [
  {
    name: 'lower-case-scheme',
    free: 'RFC 9110, 11.1',
    variant: writing((credential) => `payment ${token(JSON.stringify(credential))}`),
  },
  {
    name: 'upper-case-scheme',
    free: 'RFC 9110, 11.1',
    variant: writing((credential) => `PAYMENT ${token(JSON.stringify(credential))}`),
  },
  {
    name: 'many-spaces-after-the-scheme',
    free: 'CORE-CRED-001: one space or more',
    variant: writing((credential) => `Payment    ${token(JSON.stringify(credential))}`),
  },
  {
    name: 'members-in-another-order',
    free: 'RFC 8259, 4',
    variant: writing((credential) => `Payment ${token(JSON.stringify(reversed(plain(credential))))}`),
  },
  {
    name: 'white-space-between-members',
    free: 'RFC 8259, 2',
    variant: writing((credential) => `Payment ${token(`\r\n${JSON.stringify(credential, null, 2)}\t\n`)}`),
  },
  {
    name: 'escaped-letters',
    free: 'RFC 8259, 7',
    variant: writing((credential) => `Payment ${token(escaped(JSON.stringify(credential)))}`),
  },
  {
    name: 'members-nobody-knows',
    free: 'CORE-CRED-009, SESS-CRED-002',
    variant: {
      fetch: rewriting((credential) => {
        Object.assign(credential, later)
        Object.assign(credential.payload, later)
      }),
    },
  },
  {
    name: 'no-source',
    free: 'CORE-CRED-004 is a MAY',
    variant: {
      fetch: rewriting((credential) => {
        delete credential.source
      }),
    },
  },
  {
    name: 'headers-nobody-asked-for',
    free: 'RFC 9110, 5.1',
    variant: heading((headers) => {
      headers.set('x-request-id', '7')
      headers.set('cookie', 'a=b; theme=dark')
      headers.set('accept-language', 'de, en;q=0.7')
      headers.set('cache-control', 'no-cache')
      headers.set('user-agent', 'Wallet/1.0 (+https://wallet.example)')
    }),
  },
  {
    name: 'says-what-it-can-pay',
    free: 'CORE-ACC-001 is a MAY',
    variant: heading((headers) =>
      headers.set('accept-payment', 'tempo/session, tempo/charge;q=0.5, */*;q=0'),
    ),
  },
  {
    name: 'a-connection-for-each-request',
    free: 'RFC 9112, 9.6',
    variant: heading((headers) => headers.set('connection', 'close')),
  },
  {
    name: 'keys-of-another-form-on-every-payment',
    free: 'SESS-IDEM: a key is any text',
    variant: {
      fetch: rewriting((credential, headers) => {
        const key = headers.get('idempotency-key') ?? Base64url.encode(JSON.stringify(credential.payload))
        headers.set('idempotency-key', `wallet:${key.slice(-40)}`)
      }),
    },
  },
  {
    name: 'no-keys',
    free: 'SESS-IDEM-002 is a SHOULD',
    warns: /^lifecycle\.idempotency-key$/,
    variant: heading((headers) => headers.delete('idempotency-key')),
  },
  {
    name: 'prints-nothing',
    free: 'what it does with what it gets is its affair',
    variant: { does: (doing, usual) => usual({ ...doing, print: () => undefined }) },
  },
  {
    name: 'prints-json',
    free: 'what it does with what it gets is its affair',
    variant: {
      does: (doing, usual) =>
        usual({ ...doing, print: (data) => doing.print(JSON.stringify({ type: 'unit', data })) }),
    },
  },
]
