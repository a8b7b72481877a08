/**
 * The rules about money. They read the books alone, and know neither the checks of a scenario nor which side is judged.
 */
import type { AuditRule } from '../../../kit/run.ts'
import type { Books } from './books.ts'
import { type ChannelBook, delivered, fairCapture, whyUncounted } from './channel.ts'
import { feesOf, isLost, type PayerBook, type PaymentBook } from './payer.ts'

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

/** Judges the money of a scenario whose channels were closed. */
export function judge(books: Books): AuditRule[] {
  const channels = openedIn(books)
  const payers = [...books.payers.values()]
  const payments = [...books.payments.values()]
  const rules: AuditRule[] = []
  const rule = (id: RuleId, problems: string[], judged: boolean) => {
    const verdict = problems.length > 0 ? 'fail' : judged ? 'pass' : 'blocked'
    const message = problems[0] ?? (judged ? 'holds for every channel' : 'no channel could be closed')
    rules.push({ id, verdict, message })
  }
  // A scenario without a channel has no channel rule to judge.
  if (channels.length > 0) {
    const closed = channels.filter((channel) => channel.closed !== undefined)
    rule('audit.captured-within-accepted', closed.flatMap(overCaptured), closed.length > 0)
    rule('audit.captured-is-delivered', closed.flatMap(misCaptured), closed.length > 0)
    const told = channels.some(({ woundUp }) => woundUp !== undefined)
    rule('audit.books-within-vouchers', channels.flatMap(overBooked), told)
  }
  rule(
    'audit.conserved',
    payers.flatMap((payer) => lostBy(payer, channels)),
    payers.length > 0,
  )
  if (payments.length > 0)
    rule(
      'audit.charged-is-delivered',
      payers.flatMap((payer) => mischarged(payer, payments)),
      true,
    )
  return rules
}

/** What went where in all. */
export function figures(books: Books): Record<string, bigint> {
  const channels = openedIn(books)
  const payers = [...books.payers.values()]
  const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n)
  const captured = sum(channels.map(capturedOf))
  const locked = sum(channels.map(lockedIn))
  const refunded = sum(channels.map(({ closed }) => closed?.refunded ?? 0n))
  return {
    channels: BigInt(channels.length),
    deposited: captured + refunded + locked,
    captured,
    refunded,
    locked,
    charged: sum(payers.map(({ transferred }) => transferred)),
    fees: sum(payers.map(feesOf)),
  }
}

const openedIn = (books: Books): ChannelBook[] => [...books.channels.values()].filter(({ opened }) => opened)

/** What the payee was paid from a channel so far. */
const capturedOf = ({ closed, onChain }: ChannelBook): bigint => closed?.captured ?? onChain?.settled ?? 0n

/** What stays in the reserve because the channel could not be closed. */
const lockedIn = ({ closed, onChain }: ChannelBook): bigint =>
  closed !== undefined || onChain === undefined ? 0n : onChain.deposit - onChain.settled

function overCaptured(channel: ChannelBook): string[] {
  const { accepted, deposit } = channel
  const captured = capturedOf(channel)
  return captured > accepted || captured > deposit
    ? [`${captured} was captured of a channel with ${accepted} accepted and ${deposit} deposited`]
    : []
}

/** What is captured pays for what was received, and for no more than may have been under way. */
function misCaptured(channel: ChannelBook): string[] {
  if (whyUncounted(channel) !== undefined) return []
  const captured = capturedOf(channel)
  const { least, most } = fairCapture(channel)
  if (captured >= least && captured <= most) return []
  const range = least === most ? `${least}` : `${least} to ${most}`
  return [`${captured} was captured for ${delivered(channel)} units received, which cost ${range}`]
}

const overBooked = ({ woundUp, accepted }: ChannelBook): string[] =>
  woundUp !== undefined && (woundUp.accepted > accepted || woundUp.spent > woundUp.accepted)
    ? [
        `the books say accepted ${woundUp.accepted}, spent ${woundUp.spent}; the highest voucher was ${accepted}`,
      ]
    : []

/** What a payer had must be what it has, what it paid, what is locked, what it gave away, and its fees. */
function lostBy(payer: PayerBook, channels: readonly ChannelBook[]): string[] {
  const { address, funds, gave, balance = 0n, transferred } = payer
  const own = channels.filter((channel) => channel.payer === address)
  const paid = own.reduce((total, channel) => total + capturedOf(channel) + lockedIn(channel), 0n)
  const fees = feesOf(payer)
  const total = balance + paid + transferred + gave + fees
  return total === funds
    ? []
    : [
        `a payer had ${funds} and can account for ${total}: has ${balance}, paid or locked ${paid}, paid in charges ${transferred}, fees ${fees}`,
      ]
}

/** What left a payer in one-off payments, against the content it was given for them. */
function mischarged({ address, transferred }: PayerBook, payments: readonly PaymentBook[]): string[] {
  const own = payments.filter(({ payer }) => payer === address)
  const lost = own.filter(isLost).reduce((sum, { moved }) => sum + moved, 0n)
  const due = own.reduce((sum, { price, taken }) => sum + price * BigInt(taken), 0n)
  const paid = transferred - lost
  return paid === due ? [] : [`${paid} was taken in charges for content that costs ${due}`]
}
