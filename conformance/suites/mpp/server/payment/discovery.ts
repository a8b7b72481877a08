/** The discovery document, where a server publishes one. */
import { DecodeError } from '../../../../../src/codec/decode-error.ts'
import * as Json from '../../../../../src/codec/json.ts'
import * as Discovery from '../../../../../src/mpp/wire/discovery.ts'
import { send } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, type Finding, holds, holdsIf } from '../../../../kit/verdict.ts'
import type { Fixtures } from '../fixtures.ts'

export const discovery = scenario({
  id: 'mpp/server/discovery',
  title: 'A discovery document is OpenAPI at its place, and says how each payable operation is paid',
  needs: ['discovery'],
  checks: {
    'discovery.served': 'DISC-003',
    'discovery.fields': 'DISC-004',
    'discovery.payment-info': 'DISC-005',
    'discovery.offers-form': 'DISC-006',
    'discovery.offer': 'DISC-008',
    'discovery.declares-402': 'DISC-009',
    'discovery.cache-control': 'DISC-011',
    'discovery.service-info': 'DISC-012',
    'discovery.answers-described': 'DISC-014',
  },
  faults: () => import('./discovery.faults.ts').then(({ faults }) => faults),

  async run(t, { subject }: Fixtures) {
    const { url, patience } = subject.at('discovery').options
    const answer = await send(url, { headers: [['accept', 'application/json']] }, subject.recorder, patience)
    const document = Json.decode(await answer.text())
    await t.check('discovery.served', () => {
      const { protocol, hostname } = new URL(url)
      // A server on this machine is looked at without TLS.
      if (protocol !== 'https:' && !loopback.test(hostname)) return broken('https', protocol)
      const type = answer.field('content-type') ?? 'none'
      const good = answer.status === 200 && /^application\/json\b/i.test(type)
      return holdsIf(good, '200 with application/json', `${answer.status} with ${type}`)
    })
    await t.check('discovery.cache-control', () =>
      holdsIf(answer.field('cache-control') !== undefined, 'Cache-Control', 'none'),
    )
    if (!Json.isObject(document)) throw new Blocked('the document is no JSON object')
    await t.check('discovery.fields', () => {
      const wrong = topLevel(document)
      return holdsIf(wrong === undefined, 'openapi 3.x, info.title, info.version and paths', `${wrong}`)
    })
    await t.check('discovery.service-info', () => {
      const info = document['x-service-info']
      if (info === undefined) return absent('the document has no x-service-info')
      const parsed = Discovery.serviceInfoSchema.safeParse(info)
      return holdsIf(
        parsed.success,
        'categories as strings, docs as URIs',
        JSON.stringify(info).slice(0, 200),
      )
    })
    await operations(t, document, new URL(subject.options.url).pathname)
  },
})

type T = Parameters<typeof discovery.run>[0]
const loopback = /^(?:localhost|127\.[0-9.]+|\[::1\])$/
const verbs = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const

interface Operation {
  name: string
  /** Its `x-payment-info`. */
  info: Json.JsonValue | undefined
  responses: Json.JsonObject
}

/** Each payable operation: it says what it costs, or declares a 402, or is the one under test. */
async function operations(t: T, document: Json.JsonObject, paidPath: string): Promise<void> {
  const payable = operationsOf(document).filter(
    ({ name, info, responses }) =>
      info !== undefined || responses['402'] !== undefined || name === `get ${paidPath}`,
  )
  const each = (check: Parameters<T['check']>[0], judge: (operation: Operation) => Finding) =>
    t.check(check, () => {
      if (payable.length === 0) return absent('the document has no payable operation')
      return payable.map(judge).find(({ found }) => found !== 'holds') ?? holds
    })
  await each('discovery.payment-info', ({ name, info }) => {
    const several = Json.isObject(info) && Array.isArray(info['offers']) && info['offers'].length > 0
    const one = Json.isObject(info) && info['offers'] === undefined && info['intent'] !== undefined
    return holdsIf(
      several || one,
      `an offer or offers for ${name}`,
      JSON.stringify(info) ?? 'no x-payment-info',
    )
  })
  await each('discovery.offers-form', ({ name, info }) =>
    Json.isObject(info)
      ? holdsIf(info['offers'] !== undefined, `offers for ${name}`, 'one offer in short form')
      : holds,
  )
  await each('discovery.offer', ({ name, info }) => {
    if (!Json.isObject(info)) return holds
    try {
      Discovery.offersOf(info)
      return holds
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return broken(`intent, method and amount for ${name}`, `${error.path.join('.')}: ${error.message}`)
    }
  })
  await each('discovery.declares-402', ({ name, responses }) =>
    holdsIf(responses['402'] !== undefined, `a 402 response for ${name}`, 'none'),
  )
  await each('discovery.answers-described', ({ name, responses }) => {
    const successes = Object.entries(responses).filter(([status]) => /^2(?:[0-9]{2}|XX)$/.test(status))
    const described = successes.length > 0 && successes.every(([, response]) => describes(response))
    return holdsIf(
      described,
      `media types, and schemas of JSON, for ${name}`,
      JSON.stringify(responses).slice(0, 200),
    )
  })
}

function operationsOf(document: Json.JsonObject): Operation[] {
  const paths = Json.isObject(document['paths']) ? document['paths'] : {}
  return Object.entries(paths).flatMap(([path, item]) =>
    verbs.flatMap((verb) => {
      const operation = Json.isObject(item) ? item[verb] : undefined
      if (!Json.isObject(operation)) return []
      const responses = Json.isObject(operation['responses']) ? operation['responses'] : {}
      return [{ name: `${verb} ${path}`, info: operation['x-payment-info'], responses }]
    }),
  )
}

/** Whether a success response names its media types, and the schema of those that are JSON. 204 has none. */
function describes(response: Json.JsonValue): boolean {
  if (!Json.isObject(response)) return false
  if (response['$ref'] !== undefined) return true
  const { content } = response
  if (!Json.isObject(content)) return false
  return Object.entries(content).every(
    ([type, media]) => !/\bjson\b/i.test(type) || (Json.isObject(media) && media['schema'] !== undefined),
  )
}

/** What is missing of the fields a document must have; undefined when nothing is. */
function topLevel({ openapi, info, paths }: Json.JsonObject): string | undefined {
  if (typeof openapi !== 'string' || !/^3\./.test(openapi)) return `openapi ${JSON.stringify(openapi)}`
  const { title, version } = Json.isObject(info) ? info : {}
  if (typeof title !== 'string' || title === '') return `info.title ${JSON.stringify(title)}`
  if (typeof version !== 'string' || version === '') return `info.version ${JSON.stringify(version)}`
  return Json.isObject(paths) && Object.keys(paths).length > 0 ? undefined : 'no paths'
}
