/** A model that breaks off in mid-stream: the client can tell that from the end, and does not pay a second time. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { broken, equal, holdsIf } from '../../../kit/verdict.ts'
import { doneMark, isError } from '../../../peers/x402/payer/answer.ts'
import type { Fixtures } from './fixtures.ts'
import { describe } from './verbs.ts'

const checks = {
  'midway.not-done': 'X-FAIL-004',
  'midway.told': 'X-FAIL-005',
  'midway.told-once': 'X-FAIL-006',
} as const

type Check = keyof typeof checks

export const midway = scenario<Fixtures, Check>({
  id: 'x402/server/midway',
  title: 'A stream that breaks off in the middle',
  needs: ['upstream'],
  checks,
  faults: async () => (await import('./midway.faults.ts')).midwayFaults,
  async run(t, fixtures) {
    for (const version of fixtures.versions) await breaks(t, fixtures, version)
  },
})

async function breaks(t: Tester<Check>, { payer, upstream }: Fixtures, version: Version): Promise<void> {
  const conversation = payer.conversation()
  upstream.script(conversation, { fails: { after: 2 } })
  const signed = await payer.sign(version)
  const answer = await payer.send(signed, { conversation, note: 'the model breaks off' })
  if (!answer.exchange.isEventStream) await answer.exchange.text()
  const streamed = answer.exchange.isEventStream ? await answer.stream() : undefined
  const { events = [], broken: cut = false } = streamed ?? {}
  if (answer.status >= 400) payer.record({ payment: signed.authorization.nonce, is: 'owed' })
  const errors = events.filter(isError).length
  await t.check('midway.not-done', () =>
    events.includes(doneMark)
      ? broken(
          `v${version}: no ${doneMark} in a stream that is not complete`,
          `${doneMark} after ${events.length - 1} events`,
        )
      : equal(answer.exchange.accepted && events.length === 0, false, `v${version}: an empty answer`),
  )
  // A connection that breaks tells as well, as does a status where nothing was sent yet.
  await t.check('midway.told', () =>
    holdsIf(
      errors > 0 || cut || answer.status >= 400,
      `v${version}: an error event, or a connection that breaks`,
      `${describe(answer.exchange)}, ${events.length} events, and an end like any other`,
    ),
  )
  await t.check('midway.told-once', () => holdsIf(errors <= 1, `v${version}: one error event`, `${errors}`))
}
