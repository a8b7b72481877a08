/** A client that leaves: the work for it stops, and what it never got is not settled afterwards. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, holds, holdsIf, unjudged } from '../../../kit/verdict.ts'
import { gate, isDoneWithin } from '../../../peers/x402/gate.ts'
import { flowOf } from '../../../peers/x402/payer/flow.ts'
import type { Fixtures } from './fixtures.ts'

const checks = {
  'abort.stops': 'X-LEFT-001',
  'abort.not-charged': 'X-LEFT-002',
} as const

type Check = keyof typeof checks

export const abort = scenario<Fixtures, Check>({
  id: 'x402/server/abort',
  title: 'A client that leaves in the middle',
  needs: ['upstream', 'facilitator'],
  checks,
  faults: async () => (await import('./abort.faults.ts')).abortFaults,
  async run(t, fixtures) {
    for (const version of fixtures.versions) await leaves(t, fixtures, version)
  },
})

/** Tokens that are still to come when the client leaves, and the time between them in milliseconds. */
const more = 40
const betweenMs = 25
/** How long the model waits for the server to hang up before it goes on, in milliseconds. */
const waitMs = 500

async function leaves(
  t: Tester<Check>,
  { payer, upstream, facilitator }: Fixtures,
  version: Version,
): Promise<void> {
  const flow = await flowOf(payer, version)
  const conversation = payer.conversation()
  const goesOn = gate()
  upstream.script(conversation, {
    tokens: Array.from({ length: more }, (_, i) => ` ${i}`),
    before: async (token) => {
      if (token === 1) await goesOn.opened
      else if (token > 1) await new Promise((resolve) => setTimeout(resolve, betweenMs))
    },
  })
  const signed = await payer.sign(version)
  const { nonce } = signed.authorization
  payer.record({ payment: nonce, is: 'disturbed' })
  const settled = gate()
  facilitator.conduct('settle', nonce, {
    after: (answer) => {
      settled.open()
      return answer
    },
  })
  // A server that holds its answer back is left while it works, any other after the first token.
  const content = await payer.leave(signed, { conversation, note: 'leaves after the first token' }, waitMs)
  const [run] = upstream.runs(conversation)
  const atOnce = run !== undefined && (await isDoneWithin(run.over, waitMs))
  goesOn.open()
  if (run !== undefined && !atOnce) await run.over
  // A server that settles undelivered content does so when the work has ended.
  if (flow === 'authorization') await isDoneWithin(settled.opened, waitMs)
  await t.check('abort.stops', () => {
    if (run === undefined) return unjudged('the model was not asked')
    return holdsIf(
      run.cut,
      `v${version}: the model is stopped when the client is gone`,
      `it was asked for all ${run.sent} tokens`,
    )
  })
  await t.check('abort.not-charged', async () => {
    if (flow !== 'authorization') return absent('the server settles before the content is made')
    if (content) return absent('content came before the client left')
    return (await payer.isSettled(signed))
      ? broken(`v${version}: nothing settled for a client that left with nothing`, 'settled', {
          money: 'the payer pays for what it never got',
        })
      : holds
  })
}
