/** A payment that says what it pays for buys that and nothing else. In v1 payments do not say it. */
import { scenario } from '../../../kit/scenario.ts'
import { absent } from '../../../kit/verdict.ts'
import type { Fixtures } from './fixtures.ts'
import { money, refuses } from './verbs.ts'

const checks = { 'resource.other': 'X-PAY-011' } as const

export const resource = scenario<Fixtures, keyof typeof checks>({
  id: 'x402/server/resource',
  title: 'A payment for one resource, sent to another',
  needs: ['sibling'],
  checks,
  faults: async () => (await import('./resource.faults.ts')).resourceFaults,
  async run(t, { payer, versions, subject }) {
    const url = subject.resources.get('sibling') ?? subject.url
    if (!versions.includes(2)) return t.check('resource.other', () => absent('v1 payments name no resource'))
    await refuses(t, 'resource.other', {
      act: async () => payer.send(await payer.sign(2), { url, note: 'signed for another resource' }),
      twin: () => payer.pay(2, {}, { url }),
      position: money(payer),
      money: 'what was agreed for one resource buys another',
    })
  },
})
