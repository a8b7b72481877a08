/** Requests no client should send: each is refused or cut off, in time, and the server goes on. */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import * as Base64url from '../../../../../src/codec/base64url.ts'
import { DecodeError } from '../../../../../src/codec/decode-error.ts'
import { dress, lookOf } from '../../../../harness/looks.ts'
import { type RawAnswer, sendRaw } from '../../../../harness/raw.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { Subject } from '../../../../peers/mpp/payer/subject.ts'
import { isServerError } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { accepts } from '../verbs.ts'

export const hygiene = scenario({
  id: 'mpp/server/hygiene',
  title: 'Nothing that arrives on the connection makes the server fail or hang',
  checks: {
    'hygiene.oversized': 'CORE-PROB-010',
    'hygiene.malformed-fields': 'CORE-PROB-010',
    'hygiene.odd-credentials': ['CORE-PROB-010', 'CORE-CRED-002'],
    'hygiene.duplicates': 'CORE-PROB-010',
    'hygiene.hosts': 'CORE-HTTP-001',
    'hygiene.targets': 'CORE-PROB-010',
    'hygiene.methods': 'CORE-PROB-010',
    'hygiene.no-reflection': 'CORE-PROB-005',
    'hygiene.bodies': 'CORE-PROB-010',
    'hygiene.reflected-text': 'CORE-CHAL-031',
    'hygiene.serves-on': 'CORE-STAT-005',
  },
  faults: () => import('./hygiene.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, payer }: Fixtures) {
    const wire = wireOf(subject)
    const survives = (check: Parameters<typeof t.check>[0], requests: Readonly<Record<string, Uint8Array>>) =>
      t.check(check, async () => {
        if (isServerError(subject.options.unpaid ?? 402)) throw new Blocked(subject.illegible)
        for (const [what, bytes] of Object.entries(requests)) {
          const finding = unharmed(what, await wire.send(bytes, what))
          if (finding.found === 'broken') return finding
        }
        return holds
      })
    await survives('hygiene.oversized', oversized(wire))
    await survives('hygiene.malformed-fields', malformedFields(wire))
    await survives('hygiene.odd-credentials', oddCredentials(wire))
    await survives('hygiene.duplicates', duplicates(wire))
    await t.check('hygiene.hosts', () => {
      // What answers every request with an error shows nothing by one more.
      if (subject.options.terms === undefined) throw new Blocked(subject.illegible)
      return oneHost(wire)
    })
    await survives('hygiene.targets', targets(wire))
    await survives('hygiene.methods', methods(wire))
    await t.check('hygiene.no-reflection', async () => {
      const secret = Base64url.encode('{"challenge":{},"payload":{"secret":1}}')
      for (const method of ['TRACE', 'OPTIONS', 'POST']) {
        const { text } = await wire.send(
          wire.request({ method, fields: [`Authorization: Payment ${secret}`] }),
          `${method} with a credential`,
        )
        if (text.includes(secret)) return broken('no credential in an answer', `it came back from ${method}`)
      }
      return holds
    })
    await survives('hygiene.bodies', bodies(wire))
    await t.check('hygiene.reflected-text', () => {
      if (subject.options.terms === undefined) throw new Blocked(subject.illegible)
      return reflected(wire)
    })
    await accepts(t, 'hygiene.serves-on', async () => payer.send(await payer.prepareOpen()))
  },
})

type Wire = ReturnType<typeof wireOf>

/** Writes requests to the resource byte by byte; one character of a text is one byte. */
function wireOf({ options: { url, patience }, recorder }: Subject) {
  const { host, pathname } = new URL(url)
  return {
    host,
    pathname,
    send: (bytes: Uint8Array, what: string): Promise<RawAnswer> =>
      sendRaw(url, bytes, recorder, patience, what),
    request({
      method = 'GET',
      target = pathname,
      version = 'HTTP/1.1',
      hosts = [host] as readonly string[],
      fields = [] as readonly string[],
      body = '',
    }): Uint8Array {
      const dressed = dress(lookOf(recorder.scenario), { host: hosts, own: [['connection', 'close']] })
      const said = dressed.map((field) => field.join(': '))
      // What is wrong stands as it is written here.
      const lines = [`${method} ${target} ${version}`, ...said, ...fields, '', body]
      return Buffer.from(lines.join('\r\n'), 'latin1')
    },
  }
}

/** Answered without a failure of the server's own, or cut off. */
function unharmed(what: string, { status }: RawAnswer): Finding {
  if (status === undefined || !isServerError(status)) return holds
  return broken('a refusal, or the connection closed', `${status} to ${what}`)
}

const withField = (wire: Wire, field: string): Uint8Array => wire.request({ fields: [field] })

const oversized = (wire: Wire) => ({
  'a credential of 40 KB': withField(wire, `Authorization: Payment ${'A'.repeat(40_000)}`),
  'a credential of 200 KB': withField(wire, `Authorization: Payment ${'A'.repeat(200_000)}`),
  'a thousand parameters': withField(
    wire,
    `Authorization: Payment ${Array.from({ length: 1_000 }, (_, i) => `p${i}="x"`).join(', ')}`,
  ),
  'three thousand fields': wire.request({ fields: Array.from({ length: 3_000 }, (_, i) => `X-${i}: 1`) }),
  'a target of 100 KB': wire.request({ target: `${wire.pathname}?${'a'.repeat(100_000)}` }),
})

const malformedFields = (wire: Wire) => ({
  'a folded credential': withField(wire, 'Authorization: Payment\r\n abc'),
  'Latin-1 text': withField(wire, 'Accept-Language: Gr\u00fc\u00dfe'),
  'UTF-8 text': withField(wire, `Idempotency-Key: ${Buffer.from('\u20ac').toString('latin1')}`),
  'a NUL': withField(wire, 'Accept-Payment: tempo/\u0000session'),
  'a bare CR': withField(wire, 'Accept-Payment: tempo\rX-Evil: 1'),
  'no colon': withField(wire, 'Authorization'),
  'a space before the colon': withField(wire, 'Authorization : Payment abc'),
  'an empty name': withField(wire, ': Payment abc'),
  'a name of JavaScript': wire.request({ fields: ['__proto__: 1', 'constructor: 2'] }),
})

const oddCredentials = (wire: Wire) =>
  Object.fromEntries(
    [
      'Payment',
      'Payment ',
      'Payment \u00e4\u00f6\u00fc',
      'Payment __proto__="x", constructor=y',
      'Payment id="\\',
      'Payment ,,,,',
      'Payment =',
      `Payment ${Base64url.encode('{"challenge":{"__proto__":{"id":"x"}},"payload":{"__proto__":{}}}')}`,
      `Payment ${Base64url.encode('{"challenge":{"id":{"a":1},"request":7},"payload":{}}')}`,
      `Payment ${Base64url.encode('{"challenge":null,"payload":null}')}`,
      `Payment ${Base64url.encode('null')}`,
      `Payment ${Base64url.encode(`{"payload":${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}}`)}`,
      `Basic abc, Payment ${Base64url.encode('{}')}, Digest x="Payment y"`,
    ].map((value) => [value.slice(0, 60), withField(wire, `Authorization: ${value}`)]),
  )

const duplicates = (wire: Wire) => ({
  'two logins': wire.request({ fields: ['Authorization: Bearer a', 'Authorization: Bearer b'] }),
  'two keys': wire.request({ fields: ['Idempotency-Key: a', 'Idempotency-Key: b'] }),
  'two preferences': wire.request({
    fields: ['Accept-Payment: tempo/session', 'Accept-Payment: x402/exact;q=0'],
  }),
  'two lengths': wire.request({ method: 'POST', fields: ['Content-Length: 0', 'Content-Length: 5'] }),
  'length and chunks': wire.request({
    method: 'POST',
    fields: ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    body: '0\r\n\r\n',
  }),
  'two hosts': wire.request({ fields: ['Host: other.example'] }),
})

/** A request that names its host twice, or not at all, is refused before anybody asks it for money (RFC 9112, 3.2). */
async function oneHost(wire: Wire): Promise<Finding> {
  const lawful = await wire.send(wire.request({}), 'one host')
  if (lawful.status === undefined || lawful.status === 400)
    throw new Blocked(`a request with one host was answered ${lawful.status ?? 'nothing'}`)
  const wrong = {
    'two hosts': [wire.host, 'other.example'],
    'its host twice': [wire.host, wire.host],
    'no host': [],
  }
  for (const [what, hosts] of Object.entries(wrong)) {
    const { status } = await wire.send(wire.request({ hosts }), what)
    const refused = status === undefined || (status >= 400 && status !== 402)
    if (!refused) return broken('400, or the connection closed', `${status} to ${what}`)
  }
  return holds
}

const targets = (wire: Wire) =>
  Object.fromEntries(
    [
      '*',
      '//',
      '/%',
      '/%ff%fe',
      '/%00',
      `${wire.pathname}?%`,
      `${wire.pathname}?a=%ff`,
      `http://${wire.host}${wire.pathname}`,
      'http://other.example:99999/',
      '/../../etc/passwd',
      '/\u00ff',
    ].map((target) => [`target ${target}`, wire.request({ target })]),
  )

const methods = (wire: Wire) =>
  Object.fromEntries(
    ['OPTIONS', 'DELETE', 'TRACE', 'PROPFIND', 'FROB', 'get', 'CONNECT', 'G\u00cbT'].map((method) => [
      `method ${method}`,
      wire.request({ method }),
    ]),
  )

const bodies = (wire: Wire) => {
  const post = (fields: readonly string[], body: string) => wire.request({ method: 'POST', fields, body })
  const chunked = ['Transfer-Encoding: chunked']
  return {
    'broken chunks': post(chunked, 'zz\r\nhello\r\n0\r\n\r\n'),
    'a chunk of 2^64 bytes': post(chunked, '10000000000000000\r\n'),
    'a negative length': post(['Content-Length: -1'], ''),
    'a length in words': post(['Content-Length: five'], 'hello'),
    'two megabytes': post(
      ['Content-Length: 2000000', 'Content-Type: application/json'],
      ' '.repeat(2_000_000),
    ),
    'JSON that is none': post(['Content-Length: 8', 'Content-Type: application/json'], '{"a":1e4'),
    'a coding nobody knows': post(['Transfer-Encoding: frob'], ''),
    'HTTP 1.0': wire.request({ version: 'HTTP/1.0' }),
    'an expectation': post(['Content-Length: 0', 'Expect: 100-continue'], ''),
  }
}

/** Text of the request that finds its way into a challenge is escaped there. */
async function reflected(wire: Wire): Promise<Finding> {
  const quote = 'a", id="forged'
  const { text } = await wire.send(
    wire.request({
      target: `${wire.pathname}?q=${encodeURIComponent(quote)}`,
      fields: [`X-Forwarded-Host: ${quote}`, `Forwarded: host="a\\", id=\\"forged"`, `Origin: ${quote}`],
    }),
    'quotes in what a server might repeat',
  )
  for (const [, value = ''] of text.matchAll(/^www-authenticate: ?(.*)\r$/gim)) {
    try {
      const forged = AuthParams.decode(value).some(({ params }) => params.get('id') === 'forged')
      if (forged) return broken('text of the request escaped', 'a parameter of its own')
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return broken('a challenge in the syntax of RFC 9110', `${error.message}: ${value.slice(0, 120)}`)
    }
  }
  return holds
}
