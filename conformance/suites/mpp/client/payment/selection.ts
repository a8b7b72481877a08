/** Which of several challenges is answered, and which never: the payable one wherever it stands. */
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, broken, holds } from '../../../../kit/verdict.ts'
import { alterChallenge, onResponse, type Wrap, withHeaders } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { paidIn, softly } from '../looks.ts'
import { declines, pays, shortcoming } from '../verbs.ts'

const has402 = (_: Request, { status }: Response) => status === 402

/** Challenges that the client cannot pay. */
const others = [
  'Bearer realm="shop, of a kind", error="invalid_token"',
  Challenge.encode({ id: 'a1', realm: 'shop', method: 'card', intent: 'charge', request: 'e30' }),
  Challenge.encode({ id: 'a2', realm: 'shop', method: 'tempo', intent: 'subscription', request: 'e30' }),
]

/** The same challenge as RFC 9110, 11.2 and 5.6 allow it to be written. */
const spellings: Readonly<Record<string, (own: string) => string>> = {
  'a scheme in lower case': (own) => own.replace(/^Payment/, 'payment'),
  'names in capitals': (own) =>
    own.replaceAll(/([a-z]+)="/g, (_, name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}="`),
  'tokens without quotes': (own) => own.replaceAll(/\b(method|intent|request)="([^"]*)"/g, '$1=$2'),
  'quoted pairs': (own) => own.replace(/\bmethod="tempo"/, 'method="t\\empo"'),
  'space around equals signs': (own) => own.replaceAll(/\b([a-z]+)="/g, '$1 = "'),
  'parameters nobody knows': (own) => `${own}, charset="UTF-8", hint=later`,
  'empty elements': (own) => `, ${own.replaceAll(', ', ' ,,  ')} ,`,
}

/** Adds challenges before the one that can be paid. */
const among = (join: (own: string, headers: Headers) => void): Wrap =>
  onResponse(has402, (response) =>
    withHeaders(response, (headers) => {
      const own = headers.get('www-authenticate') ?? ''
      headers.delete('www-authenticate')
      join(own, headers)
    }),
  )

const alone = (params: Readonly<Record<string, string>>) => ({
  http: alterChallenge((now) => {
    for (const [name, value] of Object.entries(params)) now.set(name, value)
  }),
})

export const selection = scenario({
  id: 'mpp/client/selection',
  title: 'Of several challenges the payable one is answered, and no other',
  checks: {
    'selection.fields': 'CORE-CLI-003',
    'selection.folded': 'CORE-CLI-001',
    'selection.spelt': ['CORE-CLI-001', 'CORE-CHAL-001', 'CORE-CHAL-023'],
    'selection.unknown-method': 'CORE-ACC-008',
    'selection.unknown-intent': ['CORE-CHAL-032', 'CORE-ACC-008'],
    'selection.unknown-scheme': 'CORE-ACC-008',
    'selection.preference': 'CORE-ACC-001',
    'selection.no-discovery': 'DISC-002',
    'selection.lying-discovery': 'DISC-010',
  },
  faults: async () => (await import('./selection.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const { open } = fixtures
    const fields = await open({
      payee: {
        http: among((own, headers) => {
          for (const one of [...others, own]) headers.append('www-authenticate', one)
        }),
      },
    })
    await pays(t, 'selection.fields', fields)
    const folded = await open({
      payee: {
        http: among((own, headers) => headers.set('www-authenticate', [...others, own].join(' ,  '))),
      },
    })
    await pays(t, 'selection.folded', folded)
    for (const [name, spell] of Object.entries(spellings))
      await t.check('selection.spelt', async () => {
        const shop = await open({
          units: 2,
          payee: { http: among((own, headers) => headers.set('www-authenticate', spell(own))) },
        })
        await shop.visit()
        const short = await shortcoming(shop)
        // Intermediaries write fields anew; a client that pays for less loses nothing.
        return short === undefined
          ? holds
          : softly(broken('every unit, paid for exactly', `${name}: ${short}`))
      })
    await declines(t, 'selection.unknown-method', fixtures, { payee: alone({ method: 'temp' }) })
    await declines(t, 'selection.unknown-intent', fixtures, { payee: alone({ intent: 'session-2' }) })
    await declines(t, 'selection.unknown-scheme', fixtures, {
      payee: {
        http: among((own, headers) => headers.set('www-authenticate', own.replace(/^Payment/, 'Payments'))),
      },
    })
    const asked = [...fields.seen, ...folded.seen].flatMap(
      ({ headers }) => headers.get('accept-payment') ?? [],
    )
    await t.check('selection.preference', () => {
      if (asked.length === 0) return absent('the client sends no Accept-Payment')
      const range = /^(?:\*|[a-z]+)\/(?:\*|[A-Za-z0-9-]+)(?:\s*;\s*q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/
      const wrong = asked.find((field) => !field.split(',').every((one) => range.test(one.trim())))
      if (wrong !== undefined) return broken('method/intent ranges with weights', wrong)
      const excluding = paidIn(fields).length > 0 ? asked.find(excludes) : undefined
      return excluding === undefined ? holds : broken('no weight of 0 for what it pays by', excluding)
    })
    // A shop has no document at /openapi.json.
    await pays(t, 'selection.no-discovery', await open())
    await pays(t, 'selection.lying-discovery', await open({ payee: { http: lyingDocument } }))
  },
})

/** Whether a preference excludes what is sold: the most specific range that names it has the weight 0. */
function excludes(field: string): boolean {
  const ranges = field.split(',').map((range) => range.trim().split(/\s*;\s*q=/))
  const named = ['tempo/session', 'tempo/*', '*/session', '*/*'].flatMap((name) =>
    ranges.filter(([range]) => range === name),
  )
  return named[0] !== undefined && Number(named[0][1] ?? '1') === 0
}

/** A document that says something else than the challenge. */
const lyingDocument: Wrap = (handler) => async (request) =>
  new URL(request.url).pathname === '/openapi.json'
    ? Response.json({
        openapi: '3.1.0',
        info: { title: 'shop', version: '1' },
        paths: {
          '/stream': {
            get: {
              'x-payment-info': { offers: [{ method: 'tempo', intent: 'session', amount: '7000000' }] },
              responses: { 402: { description: 'Payment Required' } },
            },
          },
        },
      })
    : handler(request)
