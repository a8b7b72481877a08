/**
 * The money audit that ends every scenario: each channel is closed lawfully, what the chain says is written into the
 * trace, and the books of the trace are judged. It knows nothing of the checks before it.
 */
import type { Audit } from '../../../kit/run.ts'
import type { Recorder } from '../../../kit/trace.ts'
import { isUnanswered } from '../../../kit/verdict.ts'
import { books } from '../../../peers/mpp/books/books.ts'
import { figures, judge } from '../../../peers/mpp/books/rules.ts'
import type { ChannelUnderTest } from '../../../peers/mpp/payer/channel.ts'
import { lookUp } from '../../../peers/mpp/payer/look-up.ts'
import type { Payer } from '../../../peers/mpp/payer/payer.ts'
import { receiptOf } from '../../../peers/mpp/payer/receipt.ts'

export { auditRules } from '../../../peers/mpp/books/rules.ts'

/** Closes what is open and judges the money. */
export async function audit(recorder: Recorder, payers: readonly Payer[]): Promise<Audit> {
  await Promise.all(payers.map((payer) => payer.findUnanswered()))
  await Promise.all(payers.flatMap(({ channels }) => channels.map(closeIfOpen)))
  const look = async () => {
    await Promise.all(payers.map((payer) => lookUp(payer)))
    const now = books(recorder.since(0))
    return { now, rules: judge(now) }
  }
  let { now, rules } = await look()
  // A close that was not answered in time may land while the money is counted: then it is counted again.
  if (rules.some(({ id, verdict }) => id === 'audit.conserved' && verdict === 'fail'))
    ({ now, rules } = await look())
  const totals = Object.entries(figures(now)).map(([name, value]) => [name, value.toString()])
  return { scenario: recorder.scenario, rules, figures: Object.fromEntries(totals) }
}

/** Closes a channel the lawful way, unless it is closed already. */
async function closeIfOpen(channel: ChannelUnderTest): Promise<void> {
  if ((await channel.slot()).deposit === 0n) return
  try {
    const answer = await channel.close(await closingAmount(channel))
    await answer.text()
    const receipt = receiptOf(answer)
    if (receipt === undefined) return
    const { acceptedCumulative: accepted, spent } = receipt
    channel.record({ is: 'wound-up', accepted, spent })
  } catch (error) {
    if (isUnanswered(error)) return
    throw error
  }
}

/** A v1 close pays its whole voucher, so a payer signs what it has spent, and no more (spec/readings.md A5). */
const closingAmount = async (channel: ChannelUnderTest): Promise<bigint> =>
  channel.domain.protocol === 'v1' ? (await channel.books()).spent : channel.accepted
