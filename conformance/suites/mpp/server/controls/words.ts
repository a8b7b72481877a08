/** Controls that say what the reference says in other words: a proxy rewrites headers, bodies and streams. */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import type * as Json from '../../../../../src/codec/json.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { isChallenge, on } from '../../../../peers/mpp/payee/proxy.ts'
import { requestOf } from '../../../../peers/mpp/payer/legible.ts'
import type { ServerControl } from '../control.ts'
import { stranger } from '../strangers.ts'

/** Changes how the Payment challenge is written. */
const challenge = (write: (params: [string, string][]) => string) =>
  on('www-authenticate', (value) =>
    /^payment /i.test(value) ? write([...(AuthParams.decode(value)[0]?.params ?? [])]) : value,
  )

const alien = 'Payment id="x", realm="elsewhere", method="barter", intent="charge", request="e30"'
/** The same challenge as one that the kit cannot pay: on another chain, in another token, and over. */
const unpayable = (value: string): string[] => {
  const params = new Map(AuthParams.decode(value)[0]?.params)
  const request = requestOf({ request: params.get('request') ?? '' })
  const details = request['methodDetails'] as Json.JsonObject
  const foreign = { ...request, methodDetails: { ...details, chainId: 1 } }
  const changes: [string, string][] = [
    ['request', Challenge.encodeObject(foreign)],
    ['request', Challenge.encodeObject({ ...request, currency: stranger.address })],
    ['expires', '2020-01-01T00:00:00Z'],
  ]
  return changes.map(([name, text], i) =>
    AuthParams.encode('Payment', new Map([...params, [name, text], ['id', `unpayable-${i}`]])),
  )
}
const basic = 'Basic realm="elsewhere", charset="UTF-8"'
const later = { later: { version: 2, list: [1, null] }, 'x-more': '…' }

/** The proxy adds its challenges whatever Accept-Payment asks for. */
const unheeded = /^preferences\./
/** Units that are still in the proxy when the server is killed are lost. */
const heldBack = /^crash\.overcharged$/

export const words: readonly ServerControl[] = [
  {
    name: 'every-byte-on-its-own',
    free: 'TCP keeps no message boundaries',
    warns: heldBack,
    says: { pieces: 1 },
  },
  {
    name: 'three-bytes-at-a-time',
    free: 'TCP keeps no message boundaries',
    warns: heldBack,
    says: { pieces: 3 },
  },
  {
    name: 'lines-of-a-stream-end-with-crlf',
    free: 'Server-sent events, 9.2.5',
    says: { stream: (text) => text.replaceAll('\n', '\r\n') },
  },
  {
    name: 'lines-of-a-stream-end-with-cr',
    free: 'Server-sent events, 9.2.5',
    says: { stream: (text) => text.replaceAll('\n', '\r') },
  },
  {
    name: 'comments-and-retry-between-events',
    free: 'Server-sent events, 9.2.6',
    says: {
      stream: (text) => text.replaceAll('\n\n', '\n\n: still here\n\nretry: 3000\n\n:\n\n'),
    },
  },
  {
    name: 'no-space-after-a-colon',
    free: 'Server-sent events, 9.2.6',
    says: { stream: (text) => text.replaceAll(/^(data|event): (?! )/gm, '$1:') },
  },
  {
    name: 'headers-nobody-asked-for',
    free: 'RFC 9110, 5.1',
    says: {
      headers: (headers) => [
        ['X-Request-Id', '1'],
        ['Vary', 'Authorization'],
        ...headers,
        ['Set-Cookie', 'a=b; HttpOnly'],
        ['Link', '</terms>; rel="terms-of-service"'],
      ],
    },
  },
  {
    name: 'upper-case-names',
    free: 'RFC 9110, 5.1',
    says: { headers: (headers) => headers.map(([name, value]) => [name.toUpperCase(), value]) },
  },
  {
    name: 'lower-case-scheme',
    free: 'RFC 9110, 11.1',
    says: { headers: on('www-authenticate', (value) => value.replace(/^Payment/, 'payment')) },
  },
  {
    name: 'upper-case-scheme',
    free: 'RFC 9110, 11.1',
    says: { headers: on('www-authenticate', (value) => value.replace(/^Payment/, 'PAYMENT')) },
  },
  {
    name: 'parameters-in-another-order',
    free: 'RFC 9110, 11.2',
    says: {
      headers: challenge((params) => AuthParams.encode('Payment', params.reverse())),
    },
  },
  {
    name: 'parameters-nobody-knows',
    free: 'CORE, challenge parameters',
    says: {
      headers: challenge((params) =>
        AuthParams.encode('Payment', [['hint', 'a, "b" = c'], ...params, ['x', '1']]),
      ),
    },
  },
  {
    name: 'white-space-around-commas',
    free: 'RFC 9110, 5.6.1',
    says: {
      headers: challenge(
        (params) =>
          `Payment ${params.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ,\t')}`,
      ),
    },
  },
  {
    name: 'other-challenges-before-in-fields-of-their-own',
    free: 'RFC 9110, 11.6.1',
    warns: unheeded,
    says: {
      headers: (headers) =>
        headers.flatMap((header) =>
          isChallenge(header) ? [['WWW-Authenticate', basic], ['WWW-Authenticate', alien], header] : [header],
        ),
    },
  },
  {
    name: 'challenges-that-cannot-be-paid-before-the-one-that-can',
    free: 'CORE-CHAL: a server may offer several, and a client picks one that it can pay',
    warns: unheeded,
    says: {
      headers: (headers) =>
        headers.flatMap((header) =>
          isChallenge(header)
            ? [...unpayable(header[1]).map((one): [string, string] => ['WWW-Authenticate', one]), header]
            : [header],
        ),
    },
  },
  {
    name: 'other-challenges-after-in-fields-of-their-own',
    free: 'RFC 9110, 11.6.1',
    warns: unheeded,
    says: {
      headers: (headers) =>
        headers.flatMap((header) =>
          isChallenge(header) ? [header, ['WWW-Authenticate', alien], ['WWW-Authenticate', basic]] : [header],
        ),
    },
  },
  {
    name: 'other-challenges-around-it-in-one-field',
    free: 'RFC 9110, 11.6.1',
    warns: unheeded,
    says: {
      headers: on('www-authenticate', (value) =>
        /^payment /i.test(value) ? `${basic}, ${alien}, ${value}, Negotiate` : value,
      ),
    },
  },
  { name: '204-without-content', free: 'RFC 9110, 15.3.5', says: { emptyStatus: 204 } },
  {
    name: 'problems-in-other-words',
    free: 'RFC 9457, 3.1',
    says: {
      problem: (problem) => ({
        ...later,
        ...problem,
        title: 'Non, merci',
        detail: 'Ça ne va pas: « non »',
        instance: '/1',
      }),
    },
  },
  {
    name: 'members-nobody-knows',
    free: 'RFC 9457, 3.2, and CORE: receipts may hold more',
    says: {
      object: (object) => ({ ...later, ...object }),
      problem: (problem) => ({ ...later, ...problem }),
    },
  },
  {
    name: 'terms-with-members-nobody-knows',
    free: 'CORE, unknown members of a request',
    says: { terms: (request) => ({ ...request, ...later }) },
  },
]
