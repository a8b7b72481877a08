/**
 * A chat whose handler waits until each part is written before it writes the next, as handlers do that go as fast as
 * their reader. What takes payments stands between the two and must tell the handler of its writes.
 */
import { scenario } from '../../../kit/scenario.ts'
import { equal, holdsIf } from '../../../kit/verdict.ts'
import { tokens } from '../../../peers/x402/upstream.ts'
import type { Fixtures } from './fixtures.ts'
import { describe } from './verbs.ts'

const checks = { 'paced.answered': 'X-PAY-001' } as const

export const paced = scenario<Fixtures, keyof typeof checks>({
  id: 'x402/server/paced',
  title: 'A stream whose handler waits for its writes',
  needs: ['paced'],
  checks,
  faults: async () => (await import('./paced.faults.ts')).pacedFaults,
  async run(t, { payer, versions, subject }) {
    const url = subject.resources.get('paced') ?? subject.url
    // How an answer is written does not depend on how it was paid.
    const [version = 2] = versions
    const signed = await payer.sign(version, {}, { url })
    await t.check('paced.answered', async () => {
      const answer = await payer.send(signed, { url, note: 'the handler waits for its writes' })
      const text = await answer.text()
      if (subject.peers === undefined || !answer.exchange.accepted)
        return holdsIf(answer.exchange.accepted && text !== '', '2xx with content', describe(answer.exchange))
      return equal(text, tokens.join(''), 'the text')
    })
  },
})
