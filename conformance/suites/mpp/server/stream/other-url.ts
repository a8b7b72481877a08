/** One Idempotency-Key at two URLs of one price: the second is refused, or paid for. */
import { absent, broken, equal, type Finding, holds } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { buy, type Purchase } from '../../../../peers/mpp/payer/purchase.ts'
import type { SendOptions, Subject } from '../../../../peers/mpp/payer/subject.ts'

/**
 * Asks at `sibling` with the payment and the key that bought `first`. A challenge binds its terms and no URL, so where
 * the terms are the same it is good at both.
 */
export async function otherUrl(
  channel: ChannelUnderTest,
  { first, ask, sibling }: { first: Purchase; ask: SendOptions; sibling: Subject },
): Promise<Finding> {
  const { subject } = channel.payer
  if (sibling.terms.amount !== subject.terms.amount) return absent('the two resources differ in price')
  const before = (await channel.books()).spent
  const { served, body } = await buy(channel, channel.accepted, { ...ask, on: sibling })
  if (!served) return holds
  if (body === first.body)
    return broken('a refusal or an answer of its own', 'the answer to a request at another URL')
  const { spent } = await channel.books()
  const finding = equal(spent - before, subject.units(1), 'spent for what came under a used key')
  return finding.found === 'broken'
    ? { ...finding, money: 'one key buys everything of the same price' }
    : finding
}
