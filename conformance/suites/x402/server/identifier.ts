/** The extension payment-identifier: the same payment under its name gets the same answer, another one is refused. */

import { keccakText } from '../../../../src/keys/keccak.ts'
import { scenario } from '../../../kit/scenario.ts'
import { broken, equal, holds, holdsIf, unjudged } from '../../../kit/verdict.ts'
import type { Fixtures } from './fixtures.ts'
import { describe, money, type Replied, refuses, workFor } from './verbs.ts'

const checks = {
  'identifier.repeats': 'X-ID-001',
  'identifier.same': 'X-ID-001',
  'identifier.other-payment': 'X-ID-002',
  'identifier.other-request': 'X-ID-002',
  'identifier.409': 'X-ID-003',
} as const

export const identifier = scenario<Fixtures, keyof typeof checks>({
  id: 'x402/server/identifier',
  title: 'A payment with a name, sent again',
  needs: ['identifier'],
  checks,
  faults: async () => (await import('./identifier.faults.ts')).identifierFaults,
  async run(t, { payer }) {
    const id = `pay_${keccakText(payer.conversation()).slice(2, 34)}`
    const conversation = payer.conversation()
    const signed = await payer.sign(2, { id })
    const first = await payer.send(signed, { conversation, note: 'with a name' })
    const text = await first.text()
    const again = await payer.send(signed, { conversation, note: 'the same again' })
    const repeated = await again.text()
    await t.check('identifier.repeats', () => {
      if (!first.exchange.accepted) return unjudged('a payment with a name was refused')
      return holdsIf(again.exchange.accepted, 'the first answer again', describe(again.exchange))
    })
    await t.check('identifier.same', () => {
      if (!again.exchange.accepted) return unjudged('the payment was not taken again')
      const work = workFor(payer, [conversation])
      if (work !== undefined && work > 1)
        return broken('the answer that was made', `the model was asked ${work} times`)
      return equal(repeated, text, 'the answer')
    })
    const refusals: Replied[] = []
    const kept = async (answer: Replied) => {
      refusals.push(answer)
      return answer
    }
    let twins = 0
    const twin = () => payer.pay(2, { id: `${id}${++twins}` })
    const position = money(payer)
    await refuses(t, 'identifier.other-payment', {
      act: async () =>
        kept(await payer.pay(2, { id }, { conversation, note: 'another payment of that name' })),
      twin,
      position,
      money: 'the payer pays twice for one answer',
    })
    await refuses(t, 'identifier.other-request', {
      act: async () => kept(await payer.send(signed, { note: 'another request with that payment' })),
      twin,
      position,
    })
    await t.check('identifier.409', () => {
      const other = refusals.find(({ exchange }) => exchange.status !== 409)
      return other === undefined ? holds : broken('status 409', describe(other.exchange))
    })
  },
})
