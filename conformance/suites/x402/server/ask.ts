/** A request without a payment: what is asked for, in the exact words of each version, and that nothing was made. */

import { RpcError } from '../../../../src/chain/rpc.ts'
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Hex from '../../../../src/codec/hex.ts'
import { abi } from '../../../../src/contracts/transfer-authorization-abi.ts'
import { versions } from '../../../../src/x402/wire/fields.ts'
import * as Network from '../../../../src/x402/wire/network.ts'
import type * as Required from '../../../../src/x402/wire/required.ts'
import type { Requirements } from '../../../../src/x402/wire/requirements.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, equal, holds, holdsIf, unjudged } from '../../../kit/verdict.ts'
import { type Asked, exactIn } from '../../../peers/x402/payer/asked.ts'
import type { Subject } from '../../../peers/x402/payer/subject.ts'
import type { Fixtures } from './fixtures.ts'
import { describe, money, refusesEach } from './verbs.ts'

const checks = {
  'ask.402': 'X-ASK-001',
  'ask.decodes': 'X-ASK-002',
  'ask.exact': 'X-ASK-003',
  'ask.domain': 'X-ASK-004',
  'ask.resource': 'X-ASK-005',
  'ask.no-store': 'X-ASK-006',
  'ask.no-work': 'X-ASK-007',
  'ask.every-form': 'X-SETL-001',
} as const

export const ask = scenario<Fixtures, keyof typeof checks>({
  id: 'x402/server/ask',
  title: 'A request without a payment is told what to pay',
  checks,
  faults: async () => (await import('./ask.faults.ts')).askFaults,
  async run(t, fixtures) {
    const { payer, subject } = fixtures
    const conversation = payer.conversation()
    const answer = await payer.ask(conversation)
    const { exchange, said } = answer
    await t.check('ask.402', () => equal(exchange.status, 402, 'status'))
    await t.check('ask.decodes', () => {
      const wrong = Object.entries(said).find(([, each]) => each instanceof DecodeError)
      if (wrong !== undefined)
        return broken('a 402 that decodes', `v${wrong[0]}: ${(wrong[1] as DecodeError).message}`)
      return holdsIf(
        readIn(answer).length > 0,
        'what it costs, in v1 or v2',
        `nothing of either in ${describe(exchange)}`,
      )
    })
    await t.check('ask.exact', () => {
      if (readIn(answer).length === 0) return unjudged('the 402 says nothing')
      const without = readIn(answer).find(
        (each) => exactIn(each, subject.chainId, Network.chainIdOf) === undefined,
      )
      return without === undefined
        ? holds
        : broken(`v${without.version}: a way to pay by the exact scheme on this chain`, 'none')
    })
    await t.check('ask.domain', () => domains(subject))
    await t.check('ask.resource', () => {
      const { pathname } = new URL(subject.url)
      const wrong = readIn(answer)
        .flatMap(resourcesOf)
        .find((url) => !names(url, pathname))
      return wrong === undefined ? holds : broken(`the resource ${pathname}`, wrong)
    })
    await t.check('ask.no-store', () => {
      if (said[2] === undefined) return absent('v2 is not asked for')
      const control = exchange.field('cache-control') ?? ''
      return holdsIf(/\bno-store\b/i.test(control), 'cache-control: no-store', `"${control}"`)
    })
    await t.check('ask.no-work', () => {
      if (exchange.isEventStream) return broken('no content', 'an event stream')
      if (subject.peers === undefined)
        return absent('what the model was asked is seen only with the model of the kit')
      return equal(subject.peers.upstream.runs(conversation).length, 0, 'times the model was asked:')
    })
    await everyForm(t, fixtures)
  },
})

/** Requests that pay nothing, in other forms: the answer whole instead of streamed, payment fields with nothing in them. */
async function everyForm(t: Tester<keyof typeof checks>, { payer, versions }: Fixtures): Promise<void> {
  const empty = versions.map((version) => [
    `an empty field of v${version}`,
    () => payer.sendFields({ [version]: '' }, 'a payment field with nothing in it'),
  ])
  const forms = {
    'the answer whole': () => payer.sendFields({}, 'not as a stream, without a payment', false),
    ...Object.fromEntries(empty),
  }
  const [version = 2] = versions
  await refusesEach(t, 'ask.every-form', forms, {
    twin: () => payer.pay(version),
    position: money(payer),
    money: 'the seller gives content that nobody paid for',
  })
}

/** What a 402 says in each version that it speaks. */
const readIn = ({ said }: Asked): Required.Required[] =>
  versions.flatMap((version) => {
    const each = said[version]
    return each === undefined || each instanceof DecodeError ? [] : [each]
  })

/** The resources that are named: once in v2, in each way to pay in v1. */
const resourcesOf = ({ version, resource, accepts }: Required.Required): string[] =>
  version === 2 ? [resource?.url ?? ''] : accepts.map(({ json }) => String(json['resource']))

/** Whether a URL names a path; behind proxies hosts differ, and some say the path alone. */
const names = (url: string, pathname: string): boolean =>
  url === pathname || (URL.canParse(url) && new URL(url).pathname === pathname)

/** Whether the tokens that are asked for sign as the 402 says. */
async function domains({ terms, chain }: Subject) {
  if (terms.size === 0) return unjudged('nothing that can be paid is asked')
  for (const { extra, asset, version } of terms.values())
    for (const name of ['name', 'version'] as const) {
      const said = extra[name]
      if (typeof said !== 'string') return broken(`v${version}: extra.${name} of the token`, String(said))
      const own = await read(chain, asset, name)
      if (own !== undefined && own !== said)
        return broken(`v${version}: extra.${name} ${own}, as the token says`, said)
    }
  return holds
}

/** What a token says of itself; undefined where it does not. */
async function read(
  chain: Subject['chain'],
  asset: Requirements['asset'],
  name: string,
): Promise<string | undefined> {
  try {
    return abi.decodeResult(name, await chain.call(Hex.address(asset), abi.encodeCall(name, {}))) as string
  } catch (error) {
    if (error instanceof RpcError || error instanceof DecodeError) return undefined
    throw error
  }
}
