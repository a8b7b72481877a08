/** A model that fails once the payment is there: the failure is told, and the payer is not left without its money. */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, holds, holdsIf, unjudged } from '../../../kit/verdict.ts'
import { type Answer, doneMark, isError } from '../../../peers/x402/payer/answer.ts'
import { type Flow, flowOf } from '../../../peers/x402/payer/flow.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'
import type { Signed } from '../../../peers/x402/payer/sign.ts'
import type { Fixtures } from './fixtures.ts'
import { forgeries } from './forgeries.ts'
import { describe, money, refusesEach } from './verbs.ts'

const checks = {
  'failure.told': 'X-FAIL-001',
  'failure.not-charged': 'X-FAIL-002',
  'failure.receipt': 'X-FAIL-003',
  'failure.forged': 'X-PAY-007',
} as const

type Check = keyof typeof checks

export const failure = scenario<Fixtures, Check>({
  id: 'x402/server/failure',
  title: 'A model that fails after the payment',
  needs: ['upstream'],
  checks,
  faults: async () => (await import('./failure.faults.ts')).failureFaults,
  async run(t, fixtures) {
    for (const version of fixtures.versions) {
      const flow = await flowOf(fixtures.payer, version)
      for (const stream of [true, false]) await fails(t, fixtures, { version, flow, stream })
      if (flow === 'upfront') await forged(t, fixtures, version)
      else await t.check('failure.forged', () => absent('the server settles after the content was made'))
    }
  },
})

interface Way {
  version: Version
  flow: Flow | undefined
  stream: boolean
}

async function fails(t: Tester<Check>, { payer, upstream }: Fixtures, { version, flow, stream }: Way) {
  const conversation = payer.conversation()
  upstream.script(conversation, { fails: { status: 500 } })
  const signed = await payer.sign(version)
  const answer = await payer.send(signed, { conversation, stream, note: 'the model fails' })
  const events = answer.exchange.isEventStream ? (await answer.stream()).events : []
  if (!answer.exchange.isEventStream) await answer.exchange.text()
  const told =
    answer.status >= 400 ||
    (answer.exchange.isEventStream && events.some(isError) && !events.includes(doneMark))
  await t.check('failure.told', () =>
    holdsIf(told, `v${version}: an error status, or an error event`, describe(answer.exchange)),
  )
  const settled = await payer.isSettled(signed)
  const receipt = hasReceipt(answer)
  if (settled && receipt && told) payer.record({ payment: signed.authorization.nonce, is: 'owed' })
  await t.check('failure.not-charged', () => notCharged(flow, settled, version, answer))
  await t.check('failure.receipt', () => {
    if (!settled || flow !== 'upfront') return absent('the server settles after the content was made')
    return holdsIf(
      receipt,
      `v${version}: an error with the receipt of what was taken`,
      `${describe(answer.exchange)} without one`,
    )
  })
}

/** Somebody who saw a payment settle, whose content could not be made, and did not sign it. */
async function forged(t: Tester<Check>, { payer, upstream }: Fixtures, version: Version): Promise<void> {
  const conversation = payer.conversation()
  upstream.script(conversation, { fails: { status: 500 } })
  const signed = await payer.sign(version)
  payer.record({ payment: signed.authorization.nonce, is: 'disturbed' })
  await (await payer.send(signed, { conversation, note: 'the model fails, once' })).text()
  if (!(await payer.isSettled(signed)))
    return t.check('failure.forged', () => unjudged('nothing was settled for an answer that failed'))
  upstream.script(conversation, {})
  await refusesEach(t, 'failure.forged', forgeries(payer, signed, { conversation }), {
    // It may be made for its payer, who signed it, or be refused to all.
    twin: async () => {
      const { exchange, text } = await bought(payer, signed, conversation)
      return exchange.accepted && text !== '' ? { exchange, text: async () => text } : payer.pay(version)
    },
    position: money(payer),
    money: 'the seller gives what its payer is owed to somebody else',
  })
}

async function bought(payer: Payer, signed: Signed, conversation: string) {
  const answer = await payer.send(signed, { conversation, note: 'its payer, once more' })
  return { exchange: answer.exchange, text: await answer.text() }
}

function notCharged(flow: Flow | undefined, settled: boolean, version: Version, answer: Answer) {
  if (flow === 'upfront') return absent('the server settles before the content is made')
  if (!settled) return holds
  return broken(
    `v${version}: nothing settled for an answer that failed`,
    `settled, and answered ${describe(answer.exchange)}`,
    {
      money: 'the payer pays for an error',
    },
  )
}

function hasReceipt(answer: Answer): boolean {
  try {
    return answer.receipt?.success === true
  } catch (error) {
    if (error instanceof DecodeError) return false
    throw error
  }
}
