/** What an unpaid request is answered, and that no challenge counts but one issued here, unaltered. */
import * as AuthParams from '../../../../src/codec/auth-params.ts'
import * as Base64url from '../../../../src/codec/base64url.ts'
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Jcs from '../../../../src/codec/jcs.ts'
import * as Json from '../../../../src/codec/json.ts'
import * as Timestamp from '../../../../src/codec/timestamp.ts'
import * as Utf8 from '../../../../src/codec/utf8.ts'
import * as Challenge from '../../../../src/mpp/challenge.ts'
import * as Payload from '../../../../src/mpp/payload.ts'
import type { Exchange } from '../../../runner/http.ts'
import { scenario } from '../../../runner/scenario.ts'
import { Blocked, broken, type Finding, holds, holdsIf } from '../../../runner/verdict.ts'
import { problemOf, refuses, refusesAs } from '../judge.ts'
import type { Fixtures } from '../suite.ts'

export const challenge = scenario({
  id: 'mpp/server/challenge',
  title: 'An unpaid request is told what to pay, and only that answer can be paid',
  checks: {
    'challenge.402': 'CORE-STAT-001',
    'challenge.no-store': 'CORE-CACHE-001',
    'challenge.head': 'SESS-TOPUP-011',
    'challenge.id': 'CORE-CHAL-002',
    'challenge.realm': 'CORE-CHAL-006',
    'challenge.method': 'CORE-CHAL-007',
    'challenge.intent': 'CORE-CHAL-009',
    'challenge.request': ['CORE-CHAL-010', 'CORE-CHAL-011'],
    'challenge.request-jcs': 'CORE-CHAL-012',
    'challenge.expires': 'CORE-CHAL-013',
    'challenge.has-expires': 'CORE-CHAL-014',
    'challenge.size': 'CORE-CHAL-025',
    'challenge.problem': 'CORE-PROB-001',
    'challenge.request-fields': 'SESS-REQ-001',
    'challenge.amounts': 'SESS-REQ-002',
    'challenge.no-inner-expires': 'SESS-REQ-004',
    'challenge.chain-id': 'SESS-ENC-005',
    'challenge.v2-explicit': 'SESS-REQ-007',
    'challenge.lowercase-hex': 'SESS-ENC-001',
    'challenge.malformed-credential': 'CORE-STAT-002',
    'challenge.malformed-label': 'CORE-PROB-003',
    'challenge.padded-credential': 'CORE-CRED-002',
    'challenge.other-scheme': 'CORE-CRED-011',
    'challenge.tampered-amount': 'CORE-BIND-007',
    'challenge.tampered-recipient': ['CORE-BIND-007', 'SESS-OPEN-008'],
    'challenge.later-expires': 'CORE-BIND-008',
    'challenge.removed-expires': 'CORE-BIND-008',
    'challenge.other-realm': 'CORE-BIND-009',
    'challenge.forged-id': 'CORE-BIND-012',
    'challenge.fresh-after-refusal': 'CORE-STAT-008',
  },

  async run(t, fixtures: Fixtures) {
    const { subject } = fixtures
    const unpaid = await subject.request()
    const body = await unpaid.text()
    const raw = rawParameters(unpaid)

    await t.check('challenge.402', () =>
      holdsIf(
        unpaid.status === 402 && raw !== undefined,
        '402 with a Payment challenge',
        `${unpaid.status}, ${raw ? 'with' : 'without'} one`,
      ),
    )
    await t.check('challenge.no-store', () => {
      const cache = unpaid.field('cache-control') ?? 'none'
      return holdsIf(/\bno-store\b/i.test(cache), 'Cache-Control: no-store', cache)
    })
    await t.check('challenge.head', async () => {
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
      const problem = problemOf(body)
      const type = unpaid.field('content-type') ?? 'none'
      const complete = problem?.title !== undefined && problem.status === 402 && problem.detail !== undefined
      return holdsIf(
        /^application\/problem\+json\b/i.test(type) && complete,
        'problem+json with type, title, status, detail',
        `${type}: ${body.slice(0, 200)}`,
      )
    })
    await t.check('challenge.size', () => {
      const size = unpaid.field('www-authenticate')?.length ?? 0
      return holdsIf(size < 8192, 'a challenge below 8192 characters', `${size}`)
    })
    if (raw === undefined) throw new Blocked('there is no Payment challenge to look at')
    await parameters(t, raw)
    await sessionRequest(t, raw)
    await credentials(t, fixtures)
    await binding(t, fixtures)
  },
})

type T = Parameters<typeof challenge.run>[0]
type Params = ReadonlyMap<string, string>

/** The Payment challenge's parameters as they are, judged or not. */
function rawParameters(answer: Exchange): Params | undefined {
  for (const field of answer.fields('www-authenticate')) {
    try {
      const found = AuthParams.decode(field).find(Challenge.isPayment)
      if (found !== undefined) return found.params
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
    }
  }
  return undefined
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
  await t.check('challenge.method', () => matches(raw.get('method'), /^[a-z]+$/, 'a method of a-z'))
  await t.check('challenge.intent', () => matches(raw.get('intent'), /^[A-Za-z0-9-]+$/, 'an intent'))
  const text = raw.get('request') ?? ''
  await t.check('challenge.request', () =>
    decodes(() => Challenge.request({ request: text }), 'base64url of a JSON object'),
  )
  await t.check('challenge.request-jcs', () => {
    const json = Utf8.decode(Base64url.decode(text))
    const canonical = Jcs.encode(Json.decode(json))
    return holdsIf(json === canonical, canonical.slice(0, 300), json.slice(0, 300))
  })
  const expires = raw.get('expires')
  await t.check('challenge.expires', () =>
    expires === undefined ? holds : decodes(() => Timestamp.decode(expires), 'RFC 3339'),
  )
  await t.check('challenge.has-expires', () => holdsIf(expires !== undefined, 'expires', 'none'))
}

async function sessionRequest(t: T, raw: Params): Promise<void> {
  const request = Challenge.request({ request: raw.get('request') ?? '' })
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

async function credentials(t: T, { subject, payer }: Fixtures): Promise<void> {
  const twin = async () => payer.send(await payer.prepareOpen())
  const authorization = (value: string) =>
    subject.request({ method: 'POST', headers: [['authorization', value]] })
  await refusesAs(
    t,
    'challenge.malformed-credential',
    'challenge.malformed-label',
    ['malformed-credential'],
    {
      act: () => authorization('Payment not*base64url'),
      twin,
    },
  )
  await refuses(t, 'challenge.padded-credential', {
    act: async () => {
      const prepared = await payer.prepareOpen()
      const credential = subject.credential(await subject.challenge(), Payload.toJson(prepared.payload), {
        account: payer.account,
      })
      const texts = ['', '-', '--'].map((filler) => Base64url.encode(Jcs.encode({ ...credential, filler })))
      const text = texts.find(({ length }) => length % 4 > 1) as string
      const padded = `Payment ${text}${'='.repeat(4 - (text.length % 4))}`
      return payer.took(await authorization(padded), prepared)
    },
    twin,
    payer,
  })
  await t.check('challenge.other-scheme', async () => {
    const answer = await authorization('Bearer abcdef')
    await answer.text()
    return holdsIf(
      answer.status === 402 && rawParameters(answer) !== undefined,
      '402 with a challenge',
      String(answer.status),
    )
  })
}

async function binding(t: T, { subject, payer }: Fixtures): Promise<void> {
  /** An otherwise lawful open that answers an altered challenge. */
  const altered = (alter: (issued: Challenge.Challenge) => Challenge.Challenge) => ({
    act: async () => payer.send(await payer.prepareOpen(), { challenge: alter(await subject.challenge()) }),
    twin: async () => payer.send(await payer.prepareOpen()),
    payer,
  })
  const withRequest = (issued: Challenge.Challenge, change: Json.JsonObject) => ({
    ...issued,
    request: Challenge.encodeObject({ ...Challenge.request(issued), ...change }),
  })
  const free = 'content for less than its price'
  await refuses(t, 'challenge.tampered-amount', {
    ...altered((issued) => withRequest(issued, { amount: '1' })),
    money: free,
  })
  await refuses(t, 'challenge.tampered-recipient', {
    act: async () => {
      const open = await payer.prepareOpen({
        calldata: { payee: payer.address },
        described: { payee: payer.address },
      })
      return payer.send(open, {
        challenge: withRequest(await subject.challenge(), { recipient: payer.address }),
      })
    },
    twin: async () => payer.send(await payer.prepareOpen()),
    payer,
    money: 'the payer pays itself',
  })
  const later = Timestamp.encode(Date.now() + 86_400_000)
  await refuses(
    t,
    'challenge.later-expires',
    altered((issued) => ({ ...issued, expires: later })),
  )
  await refuses(
    t,
    'challenge.removed-expires',
    altered(({ expires: _, ...issued }) => issued as Challenge.Challenge),
  )
  await refuses(
    t,
    'challenge.other-realm',
    altered((issued) => ({ ...issued, realm: `${issued.realm}.example` })),
  )
  await refuses(
    t,
    'challenge.forged-id',
    altered((issued) => ({ ...issued, id: Base64url.encode(new Uint8Array(32).fill(7)) })),
  )
  await t.check('challenge.fresh-after-refusal', async () => {
    const answer = await payer.send(await payer.prepareOpen(), {
      challenge: { ...(await subject.challenge()), id: 'x' },
    })
    await answer.text()
    const offered = rawParameters(answer)
    return holdsIf(
      answer.status === 402 && offered?.get('id') !== 'x' && offered !== undefined,
      '402 with a fresh challenge',
      String(answer.status),
    )
  })
}
