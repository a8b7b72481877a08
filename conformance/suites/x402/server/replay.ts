/** A payment buys one answer: sent again, sent with another request, and sent five times at once. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, equal, holds, holdsIf, unjudged } from '../../../kit/verdict.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'
import { buy, buysNoMore } from './bought.ts'
import type { Fixtures } from './fixtures.ts'
import { money, type Replied, refuses, workFor } from './verbs.ts'

const checks = {
  'replay.other-request': 'X-ONCE-001',
  'replay.same-request': 'X-ONCE-001',
  'replay.402': 'X-ONCE-002',
  'replay.no-work': 'X-ONCE-003',
  'replay.concurrent-once': 'X-ONCE-001',
  'replay.concurrent-work': 'X-ONCE-003',
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
    }
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
  await t.check('replay.no-work', () => {
    const work = workFor(payer, [other])
    if (work === undefined) return absent('what the model was asked is seen only with the model of the kit')
    return equal(work, 0, `v${version}: times the model was asked for a payment that was used:`)
  })
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
