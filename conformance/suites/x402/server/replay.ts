/** A payment buys one answer: sent again, sent with another request, and sent five times at once. */
import type { JsonObject } from '../../../../src/codec/json.ts'
import * as EncodedObject from '../../../../src/x402/wire/encoded-object.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, equal, holds, holdsIf, unjudged } from '../../../kit/verdict.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'
import type { Signed } from '../../../peers/x402/payer/sign.ts'
import { buy, buysNoMore } from './bought.ts'
import type { Fixtures } from './fixtures.ts'
import { money, type Replied, refuses, refusesEach, workFor } from './verbs.ts'

const checks = {
  'replay.other-request': 'X-ONCE-001',
  'replay.same-request': 'X-ONCE-001',
  'replay.respelled': 'X-ONCE-001',
  'replay.402': 'X-ONCE-002',
  'replay.no-work': 'X-ONCE-003',
  'replay.concurrent-once': 'X-ONCE-001',
  'replay.concurrent-work': 'X-ONCE-003',
  'replay.concurrent-others': 'X-ONCE-001',
  'replay.two-payments': 'X-ONCE-004',
} as const

type Check = keyof typeof checks

export const replay = scenario<Fixtures, Check>({
  id: 'x402/server/replay',
  title: 'A payment that comes again buys nothing more',
  checks,
  faults: async () => (await import('./replay.faults.ts')).replayFaults,
  async run(t, { payer, versions }) {
    for (const version of versions) {
      await again(t, payer, version)
      await atOnce(t, payer, version)
      await othersAtOnce(t, payer, version)
    }
    await both(t, payer, versions)
  },
})

async function again(t: Tester<Check>, payer: Payer, version: Version): Promise<void> {
  const signed = await payer.sign(version)
  const bought = await buy(payer, signed, {})
  const other = payer.conversation()
  let refusal: Replied | undefined
  await refuses(t, 'replay.other-request', {
    act: async () => {
      refusal = await payer.send(signed, { conversation: other, note: 'used for another request' })
      return refusal
    },
    twin: () => payer.pay(version),
    position: money(payer),
    money: 'the seller gives content that nobody paid for',
  })
  await t.check('replay.402', () => {
    if (refusal === undefined || refusal.exchange.accepted) return unjudged('the replay was not refused')
    return equal(refusal.exchange.status, 402, `v${version}: status`)
  })
  await t.check('replay.same-request', () => buysNoMore(payer, bought, { note: 'the same request again' }))
  await refusesEach(t, 'replay.respelled', respelled(payer, signed), {
    twin: () => payer.pay(version),
    position: money(payer),
    money: 'the seller gives content that nobody paid for',
  })
  await t.check('replay.no-work', () => {
    const work = workFor(payer, [other])
    if (work === undefined) return absent('what the model was asked is seen only with the model of the kit')
    return equal(work, 0, `v${version}: times the model was asked for a payment that was used:`)
  })
}

/** A payment that was used, written otherwise: whoever remembers its text does not know it again. */
function respelled(payer: Payer, signed: Signed) {
  const { json } = signed.payment
  const payload = json['payload'] as JsonObject
  const authorization = payload['authorization'] as JsonObject
  const nonce = `0x${String(authorization['nonce']).slice(2).toUpperCase()}`
  const written: Record<string, JsonObject> = {
    'with another member': { ...json, note: 'the same again' },
    'with its nonce in capitals': {
      ...json,
      payload: { ...payload, authorization: { ...authorization, nonce } },
    },
  }
  const acts = Object.entries(written).map(([way, said]) => [
    way,
    () => payer.send({ ...signed, field: EncodedObject.encode(said) }, { note: `used, ${way}` }),
  ])
  return Object.fromEntries(acts)
}

/** How often a payment is sent at once. */
const racers = 5

async function atOnce(t: Tester<Check>, payer: Payer, version: Version): Promise<void> {
  const signed = await payer.sign(version)
  const conversation = payer.conversation()
  const send = async () => {
    const answer = await payer.send(signed, { conversation, note: 'at once' })
    const text = await answer.text()
    return answer.exchange.accepted && text !== ''
  }
  const delivered = (await Promise.all(Array.from({ length: racers }, send))).filter((each) => each).length
  const work = workFor(payer, [conversation])
  await t.check('replay.concurrent-once', () => {
    if (delivered === 0) return broken(`v${version}: one answer of ${racers}`, 'none')
    // One piece of work may be told to all who ask for it.
    if (delivered === 1 || work === 1) return holds
    return broken(`v${version}: one answer of ${racers}`, `${delivered} answers`, {
      softly: work === undefined,
      money: 'the seller makes several answers for one payment',
    })
  })
  await t.check('replay.concurrent-work', () => {
    if (work === undefined) return absent('what the model was asked is seen only with the model of the kit')
    return holdsIf(work <= 1, `v${version}: the model asked once`, `asked ${work} times for one payment`)
  })
}

/** Several requests at once, all with one payment: it buys one of them. */
async function othersAtOnce(t: Tester<Check>, payer: Payer, version: Version): Promise<void> {
  const signed = await payer.sign(version)
  const send = async () => {
    const answer = await payer.send(signed, { note: 'at once, each for another request' })
    const text = await answer.text()
    return answer.exchange.accepted && text !== ''
  }
  const delivered = (await Promise.all(Array.from({ length: racers }, send))).filter((each) => each).length
  await t.check('replay.concurrent-others', () => {
    if (delivered === 0) return unjudged('none of the requests was answered')
    return delivered === 1
      ? holds
      : broken(`v${version}: one answer of ${racers}`, `${delivered} answers`, {
          money: 'the seller makes several answers for one payment',
        })
  })
}

/** Two payments in one request, one of each version: what is bought once is paid once. */
const both = (t: Tester<Check>, payer: Payer, versions: readonly Version[]): Promise<void> =>
  t.check('replay.two-payments', async () => {
    if (versions.length < 2) return absent('the server is paid by one version of the protocol')
    const [first, second] = [await payer.sign(1), await payer.sign(2)]
    // Either may be taken, or none: which of them the content is for is not told.
    for (const { authorization } of [first, second])
      payer.record({ payment: authorization.nonce, is: 'disturbed' })
    const answer = await payer.sendFields({ 1: first.field, 2: second.field }, 'two payments in one request')
    await answer.text()
    const settled = [await payer.isSettled(first), await payer.isSettled(second)]
    return settled.every((each) => each)
      ? broken('one of two payments settled at most', 'both', {
          money: 'the payer pays twice for one answer',
        })
      : holds
  })
