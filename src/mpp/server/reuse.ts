/**
 * Channels that a payer can reuse. Only the payer itself is told: in a challenge that refuses a voucher of the channel,
 * and after a zero-amount proof. Source: tempo session draft, "Session Snapshot".
 */
import type { Address } from '../../codec/hex.ts'
import type { Ledger } from '../ledger.ts'
import * as Accounting from '../ledger.ts'
import type { MethodDetails, SessionRequest } from '../wire/session-request.ts'
import type { Snapshot } from '../wire/snapshot.ts'
import { refresh } from './actions/refresh.ts'
import type { Payee } from './payee.ts'
import type { ChannelRecord } from './store/record.ts'

/** Whether the channel takes more vouchers, by the last reading of the chain. */
const goesOn = ({ phase, closeRequestedAt, missing }: Ledger): boolean =>
  phase === 'open' && closeRequestedAt === 0 && missing === undefined

/** What the server knows of a channel; `terms` price the request that is asked for (SESS-SNAP-006). */
export function snapshotOf(payee: Payee, record: ChannelRecord, terms: SessionRequest): Snapshot {
  const { channelId, chainId, escrow, descriptor, ledger } = record
  const { deposit, settled, accepted, spent, units, closeRequestedAt } = ledger
  return {
    acceptedCumulative: accepted,
    chainId,
    channelId,
    deposit,
    descriptor,
    escrow,
    requiredCumulative: required(payee, ledger, terms),
    settled,
    spent,
    units,
    ...(closeRequestedAt === 0 ? {} : { closeRequestedAt: BigInt(closeRequestedAt) }),
  }
}

/** The total that must be signed for one unit: the accepted one, as long as it pays for it. */
function required(payee: Payee, ledger: Ledger, { amount, methodDetails }: SessionRequest): bigint {
  if (Accounting.available(ledger) >= amount) return ledger.accepted
  return payee.rules.books.requiredCumulative(ledger, amount, methodDetails.minVoucherDelta ?? 0n)
}

/** What a challenge says of a channel it suggests (SESS-REQ-008); v1 has no descriptor, so no snapshot. */
export const suggestionOf = (
  payee: Payee,
  record: ChannelRecord,
  terms: SessionRequest,
): Pick<MethodDetails, 'channelId' | 'sessionSnapshot'> => ({
  channelId: record.channelId,
  ...(record.protocol === 'v2' ? { sessionSnapshot: snapshotOf(payee, record, terms) } : {}),
})

/** The channel a payer used last and can still pay these terms with, read from chain once more. */
export async function reusableChannel(
  payee: Payee,
  payer: Address,
  terms: SessionRequest,
): Promise<ChannelRecord | undefined> {
  const { escrowContract, chainId } = terms.methodDetails
  const candidates = (await payee.store.ofPayer(payer)).filter(
    ({ escrow, chainId: on, descriptor }) =>
      escrow === escrowContract && on === chainId && descriptor.token === terms.currency,
  )
  for (const { channelId } of candidates.toReversed()) {
    const known = await payee.store.get(channelId)
    if (known === undefined || known.ledger.phase !== 'open') continue
    await refresh(payee, known)
    const record = await payee.store.get(channelId)
    if (record !== undefined && goesOn(record.ledger)) return record
  }
  return undefined
}
