/** A chat that is asked for whole: one JSON object, paid once. */

import * as Json from '../../../../src/codec/json.ts'
import { scenario } from '../../../kit/scenario.ts'
import { absent, broken, equal, holdsIf } from '../../../kit/verdict.ts'
import { objectIn } from '../../../peers/x402/payer/answer.ts'
import { tokens } from '../../../peers/x402/upstream.ts'
import type { Fixtures } from './fixtures.ts'
import { describe } from './verbs.ts'

const checks = {
  'whole.accepted': 'X-PAY-001',
  'whole.content': 'X-STRM-005',
  'whole.settled': 'X-SETL-001',
} as const

export const whole = scenario<Fixtures, keyof typeof checks>({
  id: 'x402/server/whole',
  title: 'A chat that is answered whole',
  checks,
  faults: async () => (await import('./whole.faults.ts')).wholeFaults,
  async run(t, { payer, versions, subject }) {
    for (const version of versions) {
      const answer = await payer.pay(version, {}, { stream: false })
      const text = await answer.text()
      await t.check('whole.accepted', () =>
        holdsIf(answer.exchange.accepted, `v${version}: 2xx`, describe(answer.exchange)),
      )
      await t.check('whole.content', () => {
        const said = contentOf(text)
        if (said === undefined) return broken(`v${version}: a chat completion`, text.slice(0, 80))
        if (subject.peers === undefined)
          return absent('what the model said is known only where it is the model of the kit')
        return equal(said, tokens.join(''), `v${version}: the text`)
      })
      await t.check('whole.settled', async () =>
        holdsIf(await payer.isSettled(answer.signed), `v${version}: settled on chain`, 'not settled'),
      )
    }
  },
})

/** The message in a chat completion. */
function contentOf(text: string): string | undefined {
  const choices = objectIn(text)?.['choices']
  const first = Array.isArray(choices) ? choices[0] : undefined
  const message = Json.isObject(first) ? first['message'] : undefined
  const content = Json.isObject(message) ? message['content'] : undefined
  return typeof content === 'string' ? content : undefined
}
