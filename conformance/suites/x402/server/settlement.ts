/** Settlements that fail, that are slow, and whose outcome is lost: no byte of content goes out on a hope. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { broken, holds, holdsIf, unjudged } from '../../../kit/verdict.ts'
import { gate, isDoneWithin } from '../../../peers/x402/gate.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'
import { contradictions } from './contradictions.ts'
import type { Fixtures } from './fixtures.ts'
import { describe, money, type Replied, refuses, refusesEach } from './verbs.ts'

const checks = {
  'settlement.refused': 'X-SETL-004',
  'settlement.402': 'X-SETL-005',
  'settlement.failing': 'X-SETL-004',
  'settlement.silent': 'X-SETL-003',
  'settlement.lost': 'X-SETL-006',
  'settlement.contradicts': 'X-SETL-007',
} as const

type Check = keyof typeof checks

export const settlement = scenario<Fixtures, Check>({
  id: 'x402/server/settlement',
  title: 'Settlements that fail, tarry or are lost',
  needs: ['facilitator'],
  checks,
  faults: async () => (await import('./settlement.faults.ts')).settlementFaults,
  async run(t, fixtures) {
    for (const version of fixtures.versions) {
      await refused(t, fixtures, version)
      await failing(t, fixtures, version)
      await silent(t, fixtures, version)
      await lost(t, fixtures, version)
      await contradicts(t, fixtures, version)
    }
  },
})

const failure = { success: false, errorReason: 'insufficient_funds', transaction: '', network: '' }
const json = { 'content-type': 'application/json' }

/** The facilitator finds a payment valid, and then does not settle it. */
async function refused(t: Tester<Check>, { payer, facilitator }: Fixtures, version: Version): Promise<void> {
  let refusal: Replied | undefined
  await refuses(t, 'settlement.refused', {
    act: async () => {
      const signed = await payer.sign(version)
      facilitator.conduct('settle', signed.authorization.nonce, {
        answer: () => Response.json({ ...failure, payer: signed.authorization.from }),
      })
      refusal = await payer.send(signed, { note: 'the facilitator does not settle it' })
      return refusal
    },
    twin: () => payer.pay(version),
    position: money(payer),
    money: 'the seller gives content and is not paid',
  })
  await t.check('settlement.402', () => {
    if (refusal === undefined || refusal.exchange.accepted) return unjudged('the payment was not refused')
    const { status } = refusal.exchange
    return holdsIf(status === 402, `v${version}: 402 for a payment that was not settled`, `${status}`)
  })
}

/** The facilitator fails where it should settle. */
const failing = (t: Tester<Check>, { payer, facilitator }: Fixtures, version: Version): Promise<void> =>
  refuses(t, 'settlement.failing', {
    act: async () => {
      const signed = await payer.sign(version)
      facilitator.conduct('settle', signed.authorization.nonce, {
        answer: () => new Response('{"error":"internal"}', { status: 500, headers: json }),
      })
      return payer.send(signed, { note: 'the facilitator fails where it should settle' })
    },
    twin: () => payer.pay(version),
    position: money(payer),
    money: 'the seller gives content and is not paid',
  })

/** How long a settlement is held back, in milliseconds. */
const heldMs = 300

/** The facilitator takes its time: nothing comes meanwhile. */
async function silent(t: Tester<Check>, { payer, facilitator }: Fixtures, version: Version): Promise<void> {
  const signed = await payer.sign(version)
  const settles = gate()
  facilitator.conduct('settle', signed.authorization.nonce, { before: () => settles.opened })
  const reading = payer.send(signed, { note: 'the facilitator takes its time' }).then(firstByte)
  const early = await isDoneWithin(reading, heldMs)
  settles.open()
  const { answer, content } = await reading
  await t.check('settlement.silent', () => {
    if (!answer.exchange.accepted)
      return unjudged(`v${version}: a slow settlement was answered ${describe(answer.exchange)}`)
    return holdsIf(
      !(early && content),
      `v${version}: nothing before the settlement`,
      'content, while it was held back',
    )
  })
}

async function firstByte(answer: Awaited<ReturnType<Payer['send']>>) {
  if (!answer.exchange.isEventStream) return { answer, content: (await answer.text()) !== '' }
  let content = false
  for await (const _ of answer.events()) {
    content = true
    break
  }
  // What is left of it is not read: the payment bought this much.
  answer.abort()
  return { answer, content }
}

/** It is settled, and the server does not hear of it: to ask for money again would be to take it twice. */
async function lost(t: Tester<Check>, { payer, facilitator }: Fixtures, version: Version): Promise<void> {
  const signed = await payer.sign(version)
  const { nonce } = signed.authorization
  facilitator.conduct('settle', nonce, {
    after: () => new Response('{"error":"internal"}', { status: 500, headers: json }),
  })
  payer.record({ payment: nonce, is: 'disturbed' })
  const answer = await payer.send(signed, { note: 'it is settled, and the answer is lost' })
  await answer.text()
  await t.check('settlement.lost', async () => {
    if (!(await payer.isSettled(signed))) return unjudged('nothing was settled')
    return answer.status === 402
      ? broken(`v${version}: anything but 402 while the outcome is not known`, '402', { softly: true })
      : holds
  })
}

/** It is not settled, and the facilitator says that something else is. */
const contradicts = (t: Tester<Check>, { payer, facilitator }: Fixtures, version: Version): Promise<void> =>
  refusesEach(t, 'settlement.contradicts', contradictions(payer, facilitator, version), {
    twin: () => payer.pay(version),
    position: money(payer),
    money: 'the seller gives content and is not paid',
  })
