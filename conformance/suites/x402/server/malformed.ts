/** What is in a payment field and is no payment: refused as the client's mistake, and nothing breaks. */
import type { JsonObject } from '../../../../src/codec/json.ts'
import * as EncodedObject from '../../../../src/x402/wire/encoded-object.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { broken, type Finding, holds } from '../../../kit/verdict.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'
import type { Fixtures } from './fixtures.ts'
import { money, type Replied, refusesEach } from './verbs.ts'

const checks = {
  'malformed.refused': 'X-BAD-001',
  'malformed.400': 'X-BAD-002',
  'malformed.no-5xx': 'X-BAD-003',
} as const

type Check = keyof typeof checks

export const malformed = scenario<Fixtures, Check>({
  id: 'x402/server/malformed',
  title: 'Payment fields that hold no payment',
  checks,
  faults: async () => (await import('./malformed.faults.ts')).malformedFaults,
  async run(t, { payer, versions }) {
    for (const version of versions) await each(t, payer, version)
  },
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** A payment with something changed in its JSON. */
const changed = (json: JsonObject, change: (json: JsonObject) => void): string => {
  const copy = structuredClone(json)
  change(copy)
  return EncodedObject.encode(copy)
}

const authorizationOf = ({ payload }: JsonObject): JsonObject =>
  (payload as JsonObject)['authorization'] as JsonObject

/** Fields that hold no payment, by what is wrong with them. */
function fields(json: JsonObject): Record<string, string> {
  return {
    'no base64': '%%%',
    'no JSON': base64('{"x402Version":'),
    'an array': base64('[]'),
    'an unknown version': changed(json, (all) => {
      all['x402Version'] = 99
    }),
    'no payload': changed(json, (all) => {
      delete all['payload']
    }),
    'no signature': changed(json, (all) => {
      delete (all['payload'] as JsonObject)['signature']
    }),
    'an amount that is none': changed(json, (all) => {
      authorizationOf(all)['value'] = '1e4'
    }),
    'a nonce that is too short': changed(json, (all) => {
      authorizationOf(all)['nonce'] = '0x12'
    }),
  }
}

async function each(t: Tester<Check>, payer: Payer, version: Version): Promise<void> {
  const { payment } = await payer.sign(version)
  const answers = new Map<string, Replied>()
  const acts = Object.entries(fields(payment.json)).map(([what, field]) => [
    what,
    async () => {
      const answer = await payer.sendField(version, field, what)
      answers.set(what, answer)
      return answer
    },
  ])
  await refusesEach(t, 'malformed.refused', Object.fromEntries(acts), {
    twin: () => payer.pay(version),
    position: money(payer),
  })
  const find = (expected: string, wrong: (status: number) => boolean): Finding => {
    const found = [...answers].find(([, { exchange }]) => wrong(exchange.status))
    return found === undefined
      ? holds
      : broken(`v${version}: ${expected}`, `${found[1].exchange.status} for ${found[0]}`)
  }
  // A well-formed payment with unknown values may be refused as an invalid payment instead.
  await t.check('malformed.400', () => find('400 for what is no payment', (status) => status !== 400))
  await t.check('malformed.no-5xx', () => find('no server error', (status) => status >= 500))
}
