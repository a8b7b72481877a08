/**
 * The money audit that ends every scenario: each channel is closed lawfully, then what the chain says is held
 * against what was accepted and what was received. It knows nothing of the checks before it.
 */
import type * as Receipt from '../../../../src/mpp/wire/receipt.ts'
import type { Audit, AuditRule } from '../../../kit/run.ts'
import { Blocked, TargetError } from '../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../peers/mpp/payer/channel.ts'
import type { Payer } from '../../../peers/mpp/payer/payer.ts'
import { receiptOf } from '../../../peers/mpp/payer/subject.ts'
import { chargedOf } from './charge-audit.ts'

/** Rules of the audit and the requirements they stand on. */
export const auditRules = {
  'audit.conserved': 'CHAN-INV-003',
  'audit.captured-within-accepted': 'SESS-SETL-009',
  'audit.captured-is-delivered': 'SESS-CLOSE-004',
  'audit.books-within-vouchers': 'SESS-ACCT-013',
  /** Judged where one-off payments were signed. */
  'audit.charged-is-delivered': 'CHG-001',
} as const

type RuleId = keyof typeof auditRules

interface Closing {
  channel: ChannelUnderTest
  captured: bigint
  /** What stays in the reserve because the channel could not be closed. */
  locked: bigint
  closed: boolean
  receipt: Receipt.Receipt | undefined
}

/** Closes what is open and judges the money. */
export async function audit(scenario: string, payers: readonly Payer[]): Promise<Audit> {
  const channels = payers.flatMap((payer) => payer.channels)
  const receipts = await Promise.all(channels.map(closeIfOpen))
  let { closings, accounts } = await look(payers, channels, receipts)
  // A close that was not answered in time may land while the money is counted: then it is counted again.
  if (accounts.some(({ problem }) => problem !== undefined))
    ({ closings, accounts } = await look(payers, channels, receipts))
  const rules: AuditRule[] = []
  const judge = (id: RuleId, problems: string[], judged: boolean) => {
    const verdict = problems.length > 0 ? 'fail' : judged ? 'pass' : 'blocked'
    const message = problems[0] ?? (judged ? 'holds for every channel' : 'no channel could be closed')
    rules.push({ id, verdict, message })
  }
  const closed = closings.filter((closing) => closing.closed)
  // A story without a channel has none to judge.
  if (channels.length > 0) {
    judge('audit.captured-within-accepted', closed.flatMap(overCaptured), closed.length > 0)
    judge('audit.captured-is-delivered', closed.flatMap(misCaptured), closed.length > 0)
    judge(
      'audit.books-within-vouchers',
      closings.flatMap(overBooked),
      closings.some(({ receipt }) => receipt !== undefined),
    )
  }
  judge(
    'audit.conserved',
    accounts.flatMap(({ problem }) => problem ?? []),
    accounts.length > 0,
  )

  const charges = accounts.flatMap(({ charged }) => charged ?? [])
  if (charges.length > 0)
    judge(
      'audit.charged-is-delivered',
      charges.flatMap(({ problem }) => problem ?? []),
      true,
    )

  const sum = (pick: (closing: Closing) => bigint) =>
    closings.reduce((total, closing) => total + pick(closing), 0n)
  const deposited = sum(({ channel }) => channel.deposit)
  const captured = sum((closing) => closing.captured)
  const locked = sum((closing) => closing.locked)
  const figures = {
    channels: BigInt(closings.length),
    deposited,
    captured,
    refunded: deposited - captured - locked,
    locked,
    charged: charges.reduce((total, { transferred }) => total + transferred, 0n),
    fees: accounts.reduce((total, { fees }) => total + fees, 0n),
  }
  return {
    scenario,
    rules,
    figures: Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, value.toString()])),
  }
}

/** Closes a channel the lawful way, unless it is closed already; answers the receipt, if there is one. */
async function closeIfOpen(channel: ChannelUnderTest): Promise<Receipt.Receipt | undefined> {
  if ((await channel.slot()).deposit === 0n) return undefined
  try {
    const answer = await channel.close(await closingAmount(channel))
    await answer.text()
    return receiptOf(answer)
  } catch (error) {
    if (error instanceof TargetError || error instanceof Blocked) return undefined
    throw error
  }
}

/** A v1 close pays its whole voucher, so a payer signs what it has spent, and no more (spec/readings.md A5). */
const closingAmount = async (channel: ChannelUnderTest): Promise<bigint> =>
  channel.domain.protocol === 'v1' ? (await channel.books()).spent : channel.accepted

/** Where the money is now. */
async function look(
  payers: readonly Payer[],
  channels: readonly ChannelUnderTest[],
  receipts: readonly (Receipt.Receipt | undefined)[],
) {
  await Promise.all(payers.map((payer) => payer.followed()))
  const closings = await Promise.all(channels.map((channel, i) => closingOf(channel, receipts[i])))
  const accounts = await Promise.all(payers.map((payer) => account(payer, closings)))
  return { closings, accounts }
}

/** What became of a channel, read from the chain's own log and not from the transaction the server names. */
async function closingOf(channel: ChannelUnderTest, receipt: Receipt.Receipt | undefined): Promise<Closing> {
  const slot = await channel.slot()
  const [event] = slot.deposit === 0n ? await channel.backing.closings(channel.id) : []
  channel.record({ settled: event?.settledToPayee ?? slot.settled })
  if (event === undefined)
    return { channel, captured: slot.settled, locked: slot.deposit - slot.settled, closed: false, receipt }
  return { channel, captured: event.settledToPayee, locked: 0n, closed: true, receipt }
}

const overCaptured = ({ channel, captured }: Closing): string[] =>
  captured > channel.accepted || captured > channel.deposit
    ? [
        `${captured} was captured of a channel with ${channel.accepted} accepted and ${channel.deposit} deposited`,
      ]
    : []

/** What is captured pays for what was received, and for no more than the units a cut connection lost. */
function misCaptured({ channel, captured }: Closing): string[] {
  if (channel.unjudged !== undefined) return []
  const least = channel.surelyWorth
  const most = channel.captures(channel.worth + channel.payer.subject.units(channel.cutOff))
  if (captured >= least && captured <= most) return []
  const range = least === most ? `${least}` : `${least} to ${most}`
  return [`${captured} was captured for ${channel.delivered} units received, which cost ${range}`]
}

const overBooked = ({ channel, receipt }: Closing): string[] =>
  receipt !== undefined &&
  (receipt.acceptedCumulative > channel.accepted || receipt.spent > receipt.acceptedCumulative)
    ? [
        `the books say accepted ${receipt.acceptedCumulative}, spent ${receipt.spent}; the highest voucher was ${channel.accepted}`,
      ]
    : []

/** What a payer had must be what it has, what it paid, what is locked, and its fees. */
async function account(payer: Payer, closings: readonly Closing[]) {
  const { chain } = payer.subject.options
  const { funds } = payer
  const own = closings.filter(({ channel }) => channel.payer === payer)
  const balance = await chain.balance(payer.subject.terms.currency, payer.address)
  const paid = own.reduce((total, { captured, locked }) => total + captured + locked, 0n)
  const fees = (await Promise.all(payer.transactions.map((hash) => chain.fee(hash)))).reduce(
    (a, b) => a + b,
    0n,
  )
  const charged = await chargedOf(payer)
  const transferred = charged?.transferred ?? 0n
  const total = balance + paid + transferred + fees
  const problem =
    total === funds
      ? undefined
      : `a payer had ${funds} and can account for ${total}: has ${balance}, paid or locked ${paid}, paid in charges ${transferred}, fees ${fees}`
  return { fees, problem, charged }
}
