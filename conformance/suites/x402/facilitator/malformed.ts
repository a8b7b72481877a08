/** Bodies that are no request: the caller's mistake, and nothing of the facilitator's inside is told. */
import type { JsonObject } from '../../../../src/codec/json.ts'
import * as FacilitatorApi from '../../../../src/x402/wire/facilitator-api.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { broken, type Finding, holds } from '../../../kit/verdict.ts'
import type { Caller, Told } from '../../../peers/x402/payer/caller.ts'
import type { Fixtures } from './fixtures.ts'
import { describe, refusesEach } from './verbs.ts'

const checks = {
  'malformed.refused': 'X-FAC-020',
  'malformed.4xx': 'X-FAC-021',
  'malformed.no-5xx': 'X-FAC-022',
  'malformed.tells-nothing': 'X-FAC-023',
} as const

type Check = keyof typeof checks

export const malformed = scenario<Fixtures, Check>({
  id: 'x402/facilitator/malformed',
  title: 'Bodies that are no request',
  checks,
  faults: async () => (await import('./malformed.faults.ts')).malformedFaults,
  async run(t, { caller, versions }) {
    for (const version of versions) await each(t, caller, version)
  },
})

/** Bodies by what is wrong with them. */
async function bodies(caller: Caller, version: Version): Promise<Record<string, string>> {
  const whole = FacilitatorApi.encodeRequest(await caller.make(version))
  const without = (change: (json: JsonObject) => void) => {
    const json = JSON.parse(whole) as JsonObject
    change(json)
    return JSON.stringify(json)
  }
  const authorization = (json: JsonObject) =>
    ((json['paymentPayload'] as JsonObject)['payload'] as JsonObject)['authorization'] as JsonObject
  return {
    'no JSON': '{"x402Version":',
    'an array': '[]',
    'no payment': without((json) => {
      delete json['paymentPayload']
    }),
    'no requirements': without((json) => {
      delete json['paymentRequirements']
    }),
    'a payment without its payload': without((json) => {
      delete (json['paymentPayload'] as JsonObject)['payload']
    }),
    'an amount that is none': without((json) => {
      authorization(json)['value'] = 'ten'
    }),
    'a nonce that is too short': without((json) => {
      authorization(json)['nonce'] = '0x12'
    }),
  }
}

/** Traces of an inside: stacks, folders, addresses of nodes. */
const inside =
  /\n\s+at \S|node_modules|\.(?:[cm]?[jt]s|py|rs|go):\d+|https?:\/\/127\.0\.0\.1:\d+|PRIVATE_KEY|Version: viem/

async function each(t: Tester<Check>, caller: Caller, version: Version): Promise<void> {
  const told = new Map<string, Told>()
  for (const path of ['/verify', '/settle']) {
    const acts = Object.entries(await bodies(caller, version)).map(([what, body]) => [
      `${path}: ${what}`,
      async () => {
        const answer = await caller.post(path, body, what)
        told.set(`${path}: ${what}`, answer)
        return answer
      },
    ])
    await refusesEach(t, 'malformed.refused', Object.fromEntries(acts), {
      twin: async () => caller.verify(await caller.make(version)),
    })
  }
  const find = (expected: string, wrong: (answer: Told) => boolean): Finding => {
    const found = [...told].find(([, answer]) => wrong(answer))
    return found === undefined
      ? holds
      : broken(`v${version}: ${expected}`, `${describe(found[1])} to ${found[0]}`)
  }
  await t.check('malformed.4xx', () =>
    find('4xx for what is no request', ({ exchange: { status } }) => status < 400 || status >= 500),
  )
  await t.check('malformed.no-5xx', () => find('no server error', ({ exchange }) => exchange.status >= 500))
  await t.check('malformed.tells-nothing', () =>
    find('nothing of its inside', ({ body }) => inside.test(body)),
  )
}
