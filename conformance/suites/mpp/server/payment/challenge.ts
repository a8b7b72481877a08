/** What an unpaid request is told: the challenge, its parameters, and the terms in it. */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import { DecodeError } from '../../../../../src/codec/decode-error.ts'
import * as Digest from '../../../../../src/codec/digest.ts'
import * as Jcs from '../../../../../src/codec/jcs.ts'
import * as Json from '../../../../../src/codec/json.ts'
import * as Timestamp from '../../../../../src/codec/timestamp.ts'
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { type LookName, lookNames } from '../../../../harness/looks.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, type Finding, holds, holdsIf } from '../../../../kit/verdict.ts'
import { requestOf, textIn } from '../../../../peers/mpp/payer/legible.ts'
import { type Params, rawParameters } from '../../../../peers/mpp/payer/offer.ts'
import { judgedProblem } from '../../../../peers/mpp/payer/problem.ts'
import type { Fixtures } from '../fixtures.ts'
import { memberForms, opaqueForm } from './forms.ts'

export const challenge = scenario({
  id: 'mpp/server/challenge',
  title: 'An unpaid request is told what to pay, for what, and how',
  checks: {
    'challenge.402': 'CORE-STAT-001',
    'challenge.any-client': 'CORE-STAT-001',
    'challenge.no-store': 'CORE-CACHE-001',
    'challenge.head': 'SESS-TOPUP-011',
    'challenge.well-formed': ['CORE-CHAL-001', 'CORE-CHAL-030', 'CORE-CHAL-031'],
    'challenge.id': 'CORE-CHAL-002',
    'challenge.realm': 'CORE-CHAL-006',
    'challenge.realm-ascii': 'CORE-CHAL-037',
    'challenge.method': 'CORE-CHAL-007',
    'challenge.intent': 'CORE-CHAL-009',
    'challenge.request': ['CORE-CHAL-010', 'CORE-CHAL-011'],
    'challenge.request-jcs': 'CORE-CHAL-012',
    'challenge.expires': 'CORE-CHAL-013',
    'challenge.has-expires': 'CORE-CHAL-014',
    'challenge.header': 'CORE-HDR-001',
    'challenge.no-version': 'CORE-VER-001',
    'challenge.opaque': 'CORE-CHAL-020',
    'challenge.has-digest': 'CORE-CHAL-016',
    'challenge.digest': 'CORE-CHAL-017',
    'challenge.size': 'CORE-CHAL-025',
    'challenge.problem': 'CORE-PROB-001',
    'challenge.request-fields': 'SESS-REQ-001',
    'challenge.amounts': 'SESS-REQ-002',
    'challenge.members': 'SESS-REQ-016',
    'challenge.no-inner-expires': 'SESS-REQ-004',
    'challenge.chain-id': 'SESS-ENC-005',
    'challenge.v2-explicit': 'SESS-REQ-007',
    'challenge.lowercase-hex': 'SESS-ENC-001',
  },
  faults: () => import('./challenge.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const { subject } = fixtures
    const unpaid = await subject.request()
    const body = await unpaid.text()
    const raw = rawParameters(unpaid, subject.wallet)

    await t.check('challenge.402', () =>
      holdsIf(
        unpaid.status === 402 && raw !== undefined,
        '402 with a Payment challenge',
        `${unpaid.status}, ${raw ? 'with' : 'without'} one`,
      ),
    )
    // What else is asked of a 402 can be said of none that does not ask for payment.
    const asking = () => {
      if (raw === undefined) throw new Blocked(subject.illegible)
    }
    await t.check('challenge.any-client', async () => {
      asking()
      for (const [what, { headers = [], accept, look }] of clients(subject.options.url)) {
        const more = { ...(accept === undefined ? {} : { accept }), ...(look === undefined ? {} : { look }) }
        const answer = await subject.request({ headers, note: what, ...more })
        // A client may be refused, sent elsewhere or shown a page; what is sold is not given to it for nothing.
        const isSold = answer.accepted && answer.isEventStream
        answer.abort()
        if (isSold) return broken('no content before it is paid', `the stream, to ${what}`, { money })
      }
      return holds
    })
    await t.check('challenge.no-store', () => {
      if (unpaid.status !== 402) asking()
      const cache = unpaid.field('cache-control') ?? 'none'
      return holdsIf(/\bno-store\b/i.test(cache), 'Cache-Control: no-store', cache)
    })
    await t.check('challenge.head', async () => {
      asking()
      const head = await subject.request({ method: 'HEAD' })
      const text = await head.text()
      const offered = rawParameters(head) !== undefined
      return holdsIf(
        head.status === 402 && offered && text === '',
        'a bodyless 402 with a challenge',
        `${head.status}, ${text.length} bytes`,
      )
    })
    await t.check('challenge.problem', () => {
      asking()
      const problem = judgedProblem(body)
      const type = unpaid.field('content-type') ?? 'none'
      const complete = problem?.title !== undefined && problem.status === 402 && problem.detail !== undefined
      return holdsIf(
        /^application\/problem\+json\b/i.test(type) && complete,
        'problem+json with type, title, status, detail',
        `${type}: ${body.slice(0, 200)}`,
      )
    })
    await t.check('challenge.size', () => {
      asking()
      const size = unpaid.field('www-authenticate')?.length ?? 0
      return holdsIf(size < 8192, 'a challenge below 8192 characters', `${size}`)
    })
    await t.check('challenge.well-formed', () =>
      decodes(
        () => unpaid.fields('www-authenticate').forEach((field) => void AuthParams.decode(field)),
        'WWW-Authenticate in the syntax of RFC 9110, no parameter twice',
      ),
    )
    if (raw === undefined) throw new Blocked(subject.illegible)
    await parameters(t, raw)
    const request = sessionRequestOf(raw)
    if (request === undefined) throw new Blocked(subject.illegible)
    await sessionRequest(t, raw, request)
    await bodies(t, fixtures)
  },
})

type T = Parameters<typeof challenge.run>[0]

const money = 'the payee is paid by none who say that of themselves'

/** A client by what it sends: further fields, what it accepts, and how it writes all of it. */
interface Client {
  headers?: readonly (readonly [string, string])[]
  accept?: string
  look?: LookName
}

/** What clients say of themselves, and how; none of it is a payment. */
function clients(url: string): [what: string, client: Client][] {
  const saying = (...headers: [string, string][]): Client => ({ headers })
  return [
    ...lookNames.map((look): [string, Client] => [`a client that sends as ${look} does`, { look }]),
    [
      'a browser',
      saying([
        'User-Agent',
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0',
      ]),
    ],
    [
      'a crawler',
      saying(['User-Agent', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)']),
    ],
    ['a monitor', saying(['User-Agent', 'kube-probe/1.31'])],
    ['a client that accepts anything', { accept: '*/*' }],
    ['a client that wants a page', { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' }],
    ['a client that wants JSON', { accept: 'application/json' }],
    ['a reader of another language', saying(['Accept-Language', 'de-DE,de;q=0.9'])],
    ['a page of its own', saying(['Origin', new URL(url).origin], ['Sec-Fetch-Site', 'same-origin'])],
    ['a page of another origin', saying(['Origin', 'https://app.example'], ['Sec-Fetch-Site', 'cross-site'])],
    ['a link of its own', saying(['Referer', new URL('/', url).href])],
    ['a link of a search engine', saying(['Referer', 'https://www.google.com/'])],
    ['a neighbour', saying(['X-Forwarded-For', '127.0.0.1'])],
    ['a neighbour of a proxy', saying(['Forwarded', 'for=127.0.0.1'], ['X-Real-IP', '127.0.0.1'])],
    ['a script', saying(['X-Requested-With', 'XMLHttpRequest'])],
    ['a cookie', saying(['Cookie', 'session=1; paid=1'])],
  ]
}

const matches = (text: string | undefined, pattern: RegExp, what: string): Finding =>
  text !== undefined && pattern.test(text)
    ? holds
    : broken(what, text === undefined ? 'none' : JSON.stringify(text.slice(0, 200)))

/** Holds when `read` does not throw a DecodeError. */
function decodes(read: () => unknown, what: string): Finding {
  try {
    read()
    return holds
  } catch (error) {
    if (error instanceof DecodeError) return broken(what, error.message)
    throw error
  }
}

async function parameters(t: T, raw: Params): Promise<void> {
  await t.check('challenge.id', () => matches(raw.get('id'), /./, 'an id that is not empty'))
  await t.check('challenge.realm', () => holdsIf(raw.has('realm'), 'a realm', 'none'))
  await t.check('challenge.realm-ascii', () =>
    matches(raw.get('realm') ?? '', /^[ -~]*$/, 'a realm of ASCII'),
  )
  await t.check('challenge.header', () => {
    const header = raw.get('header')
    if (header === undefined || header === Challenge.alternateField) return holds
    // A field name has no case, but the value is a fixed text (spec/readings.md R6-R8).
    const softly = header.toLowerCase() === Challenge.alternateField.toLowerCase()
    return broken(`no header, or ${Challenge.alternateField}`, JSON.stringify(header), { softly })
  })
  await t.check('challenge.no-version', () =>
    holdsIf(!raw.has('version') && !raw.has('v'), 'no version of the protocol', 'one'),
  )
  await t.check('challenge.method', () => matches(raw.get('method'), /^[a-z]+$/, 'a method of a-z'))
  await t.check('challenge.intent', () => matches(raw.get('intent'), /^[A-Za-z0-9-]+$/, 'an intent'))
  const text = raw.get('request') ?? ''
  await t.check('challenge.request', () =>
    decodes(() => Challenge.request({ request: text }), 'base64url of a JSON object'),
  )
  const expires = raw.get('expires')
  await t.check('challenge.expires', () =>
    expires === undefined ? holds : decodes(() => Timestamp.decode(expires), 'RFC 3339'),
  )
  await t.check('challenge.opaque', () => opaqueForm(raw.get('opaque')))
  await t.check('challenge.has-expires', () => holdsIf(expires !== undefined, 'expires', 'none'))
}

/** The request of a session challenge, however it is encoded; undefined when there is none to read. */
function sessionRequestOf(raw: Params): Json.JsonObject | undefined {
  const [method, intent] = [raw.get('method'), raw.get('intent')]
  if (`${method}/${intent}`.toLowerCase() !== 'tempo/session') return undefined
  try {
    return requestOf({ request: raw.get('request') ?? '' })
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

async function sessionRequest(t: T, raw: Params, request: Json.JsonObject): Promise<void> {
  await t.check('challenge.request-jcs', () => {
    const json = textIn(raw.get('request') ?? '')
    const canonical = Jcs.encode(Json.decode(json))
    return holdsIf(json === canonical, canonical.slice(0, 300), json.slice(0, 300))
  })
  const details = (Json.isObject(request['methodDetails']) ? request['methodDetails'] : {}) as Json.JsonObject
  const present = (object: Json.JsonObject, names: string[]) =>
    names.filter((name) => object[name] === undefined)
  await t.check('challenge.request-fields', () => {
    const missing = [
      ...present(request, ['amount', 'currency', 'recipient']),
      ...present(details, ['escrowContract']),
    ]
    return holdsIf(
      missing.length === 0,
      'amount, currency, recipient, methodDetails.escrowContract',
      `without ${missing.join(', ')}`,
    )
  })
  await t.check('challenge.amounts', () => {
    const amounts = [request['amount'], request['suggestedDeposit'], details['minVoucherDelta']].filter(
      (value) => value !== undefined,
    )
    const wrong = amounts.find((value) => typeof value !== 'string' || !/^[0-9]+$/.test(value))
    return holdsIf(wrong === undefined, 'decimal strings', JSON.stringify(wrong))
  })
  await t.check('challenge.members', () => memberForms(request))
  await t.check('challenge.no-inner-expires', () =>
    holdsIf(request['expires'] === undefined, 'no expires in the request', 'one'),
  )
  await t.check('challenge.chain-id', () => {
    const { chainId } = details
    return holdsIf(
      chainId === undefined || Number.isInteger(chainId),
      'a JSON number',
      JSON.stringify(chainId),
    )
  })
  await t.check('challenge.v2-explicit', () => {
    const missing = present(details, ['chainId', 'escrowContract'])
    return holdsIf(
      details['sessionProtocol'] !== 'v2' || missing.length === 0,
      'chainId and escrowContract',
      `without ${missing.join(', ')}`,
    )
  })
  await t.check('challenge.lowercase-hex', () => {
    const mixed = Object.entries({ ...details, ...request }).find(
      ([, value]) =>
        typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value) && value !== value.toLowerCase(),
    )
    // Mixed case addresses the same account: a warning (spec/readings.md C2).
    return mixed === undefined
      ? holds
      : broken('lower-case hex', `${mixed[0]} ${String(mixed[1])}`, { softly: true })
  })
}

/** A request with a body is asked to pay for exactly that body. */
async function bodies(t: T, { subject }: Fixtures): Promise<void> {
  const body = '{"prompt":"a poem"}'
  const headers = [['content-type', 'application/json']] as const
  const answer = await subject.request({ method: 'POST', headers, body })
  await answer.text()
  const digest = rawParameters(answer, subject.wallet)?.get('digest')
  await t.check('challenge.has-digest', () =>
    answer.status === 402
      ? holdsIf(digest !== undefined, 'a digest of the body', 'none in a 402')
      : absent(`a request with a body is answered ${answer.status}`),
  )
  await t.check('challenge.digest', () => {
    if (digest === undefined) return absent('the challenge carries no digest')
    const form = decodes(() => Digest.decode(digest), 'a Content-Digest of RFC 9530')
    if (form.found !== 'holds') return form
    return holdsIf(Digest.verify(digest, Utf8.encode(body)), 'the digest of the body that was sent', digest)
  })
}
