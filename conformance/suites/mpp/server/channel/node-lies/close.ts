/** Closes that did not happen as the node tells them: they are no success, and can be tried again. */
import type { Exchange } from '../../../../../harness/http.ts'
import type { Tester } from '../../../../../kit/tester.ts'
import { Blocked, broken, equal, type Finding, holdsIf } from '../../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../../peers/mpp/payer/channel.ts'
import { slugOf } from '../../../../../peers/mpp/payer/problem.ts'
import { receiptOf } from '../../../../../peers/mpp/payer/receipt.ts'
import { describe } from '../../answers.ts'
import type { Fixtures } from '../../fixtures.ts'
import { lied, lies, type Spoil, sending } from './lie.ts'

export const closeChecks = {
  'node-lies.close-failed': 'SESS-CLOSE-013',
  'node-lies.close-refused': 'SESS-CLOSE-013',
  'node-lies.close-retried': 'SESS-CLOSE-013',
  'node-lies.close-late': ['SESS-CLOSE-007', 'SESS-CLOSE-005'],
} as const

type T = Tester<keyof typeof closeChecks>

/** An answer that says that a close is under way, or that nothing can be said now. */
const isWaiting = ({ status }: Exchange, body: string): boolean =>
  [409, 425, 503].includes(status) || slugOf(body) === 'session/channel-finalized'

/** Lies about closes. */
export async function closes(t: T, { payer, units, node }: Fixtures): Promise<void> {
  const consumed = async () => {
    const channel = await payer.open()
    await channel.consume(2)
    return channel
  }
  const noSuccess = async (answer: Awaited<ReturnType<ChannelUnderTest['close']>>): Promise<Finding> => {
    await answer.text()
    const claimed = answer.accepted || receiptOf(answer) !== undefined
    return holdsIf(!claimed, 'no 2xx and no receipt for a close that failed', String(answer.status))
  }
  await t.check('node-lies.close-failed', async () => {
    const channel = await consumed()
    const answer = await lied(node, channel, lies.failed, () => channel.close())
    if (node.sent(channel.descriptor.salt).length < 2) throw new Blocked('no close was sent')
    return noSuccess(answer)
  })
  const channel = await consumed()
  await t.check('node-lies.close-refused', async () => {
    const refusing: Spoil = (_, of) =>
      sending.map((method) => node.error(method, { of, message: 'transaction underpriced' }))
    return noSuccess(await lied(node, channel, refusing, () => channel.close()))
  })
  await t.check('node-lies.close-retried', async () => {
    const answer = await channel.close()
    const body = await answer.text()
    // Who cannot know whether its transaction still lands may wait until it cannot: that is no refusal for good.
    const softly = isWaiting(answer, body)
    if (!answer.accepted)
      return broken('2xx for a close that can succeed now', describe(answer, body), { softly })
    const [closed] = await channel.backing.closings(channel.id)
    return equal(closed?.settledToPayee, units(2), 'captured')
  })
  await t.check('node-lies.close-late', async () => {
    const slow = await consumed()
    const late: Spoil = (_, of) => [node.delayReceipts({ of, times: 1 })]
    const answer = await lied(node, slow, late, () => slow.close())
    await answer.text()
    if (!answer.accepted) return broken('2xx once the receipt is there', String(answer.status))
    const [closed] = await slow.backing.closings(slow.id)
    return equal(closed?.settledToPayee, units(2), 'captured')
  })
}
