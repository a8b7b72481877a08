/** Pay once, then stream: what is settled when the first byte comes, how the stream comes, and how it ends. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, equal, holds, holdsIf } from '../../../kit/verdict.ts'
import { gate, isDoneWithin } from '../../../peers/x402/gate.ts'
import { contentOf, doneMark, isError } from '../../../peers/x402/payer/answer.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'
import { tokens } from '../../../peers/x402/upstream.ts'
import type { Fixtures } from './fixtures.ts'
import { accepts, describe } from './verbs.ts'

const checks = {
  'stream.accepted': 'X-PAY-001',
  'stream.event-stream': 'X-STRM-001',
  'stream.settled-first': 'X-SETL-003',
  'stream.incremental': 'X-STRM-004',
  'stream.content': 'X-STRM-002',
  'stream.done-once': 'X-STRM-003',
} as const

type Check = keyof typeof checks

export const stream = scenario<Fixtures, Check>({
  id: 'x402/server/stream',
  title: 'A chat that is paid once and then streams',
  checks,
  faults: async () => (await import('./stream.faults.ts')).streamFaults,
  async run(t, { payer, versions }) {
    for (const version of versions) {
      await accepts(t, 'stream.accepted', () => payer.pay(version))
      await streamed(t, payer, version)
    }
  },
})

/** How long a first token may take while the second is held back, in milliseconds. */
const firstTokenMs = 1_000

/** One stream, looked at from its first byte to its last; the model waits with its second token until the first came. */
async function streamed(t: Tester<Check>, payer: Payer, version: Version): Promise<void> {
  const model = payer.subject.peers?.upstream
  const conversation = payer.conversation()
  const second = gate()
  model?.script(conversation, { before: (token) => (token === 1 ? second.opened : undefined) })
  const pending = payer.pay(version, {}, { conversation })
  const reading = pending.then((answer) => firstContent(answer.events()))
  const came = await isDoneWithin(reading, firstTokenMs)
  const answer = came ? await pending : undefined
  const settled = answer === undefined ? undefined : await payer.isSettled(answer.signed)
  second.open()
  const { exchange, signed } = await pending
  const { events, rest } = await reading
  const first = settled ?? (await payer.isSettled(signed))
  for await (const data of rest) events.push(data)
  await t.check('stream.event-stream', () =>
    holdsIf(exchange.isEventStream, `v${version}: an event stream`, describe(exchange)),
  )
  const hasContent = events.some((data) => contentOf(data) !== '')
  await t.check('stream.settled-first', () =>
    hasContent
      ? holdsIf(
          first,
          `v${version}: settled on chain before the first byte`,
          'content came before it was settled',
        )
      : broken(`v${version}: content`, 'none came'),
  )
  await t.check('stream.incremental', () => {
    if (model === undefined)
      return absent('whether content waits for more of it is seen only with the model of the kit')
    return holdsIf(
      came || !hasContent,
      `v${version}: the first token before the model makes its second`,
      `nothing within ${firstTokenMs / 1000} s`,
    )
  })
  await t.check('stream.content', () => {
    if (model === undefined)
      return absent('what the model said is known only where it is the model of the kit')
    return equal(events.map(contentOf).join(''), tokens.join(''), `v${version}: the text`)
  })
  await t.check('stream.done-once', () => {
    const marks = events.filter((data) => data === doneMark).length
    if (marks !== 1 || events.at(-1) !== doneMark)
      return broken(
        `v${version}: ${doneMark} once, as the last event`,
        `${marks} of them, the last event is ${events.at(-1)?.slice(0, 80)}`,
      )
    return events.some(isError) ? broken('a stream without errors', 'an error event before the end') : holds
  })
}

/** Reads up to the first token. */
async function firstContent(rest: AsyncGenerator<string, void, undefined>) {
  const events: string[] = []
  for (;;) {
    const { value, done } = await rest.next()
    if (done === true || value === undefined) break
    events.push(value)
    if (contentOf(value) !== '') break
  }
  return { events, rest }
}
