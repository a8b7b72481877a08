/**
 * The vouchers a payee keeps of a channel, because each may be the one to show the chain:
 * the highest one covered by what was spent (settling it pays for nothing that was not delivered, reading A4),
 * the smallest one that covers what was spent (a v1 close pays the whole voucher, reading A5),
 * and the highest of all (the accepted amount).
 */
import type { Hex } from '../../codec/hex.ts'
import type { Ledger } from '../ledger.ts'

export interface SignedAmount {
  cumulativeAmount: bigint
  /** 65 bytes: the form every chain takes. */
  signature: Hex
}

/** Kept in rising order; the last is the accepted amount. */
export type Retained = readonly SignedAmount[]

/** Most vouchers kept per channel. */
export const maxRetained = 64

/** Adds a voucher and drops those that can no longer be of use. */
export function retain(
  vouchers: Retained,
  added: SignedAmount,
  { spent, settled }: Pick<Ledger, 'spent' | 'settled'>,
): Retained {
  const rising = [
    ...vouchers.filter(({ cumulativeAmount }) => cumulativeAmount !== added.cumulativeAmount),
    added,
  ]
  rising.sort((a, b) => (a.cumulativeAmount < b.cumulativeAmount ? -1 : 1))
  const highest = rising.at(-1)
  const covered = rising.findLast(
    ({ cumulativeAmount }) => cumulativeAmount <= spent && cumulativeAmount > settled,
  )
  const ahead = rising.filter((voucher) => voucher.cumulativeAmount > spent && voucher !== highest)
  // The nearest ones matter most: spent reaches them first.
  const kept = ahead.slice(0, maxRetained - 2)
  return [covered, ...kept, highest].filter(
    (voucher, i, all): voucher is SignedAmount => voucher !== undefined && all.indexOf(voucher) === i,
  )
}

/** The accepted voucher. */
export const highest = (vouchers: Retained): SignedAmount | undefined => vouchers.at(-1)

/** The best voucher to settle now: all of it was delivered, and it pays more than is settled already. */
export const settleable = (
  vouchers: Retained,
  { spent, settled }: Pick<Ledger, 'spent' | 'settled'>,
): SignedAmount | undefined =>
  vouchers.findLast(({ cumulativeAmount }) => cumulativeAmount <= spent && cumulativeAmount > settled)

/**
 * The voucher that closes a v1 channel, which pays the payee its whole amount: the smallest one that covers what was
 * consumed (reading A5). When all of that is settled already, nothing more need be signed: a close at the settled
 * amount only refunds (reading K2). `asked` is the voucher that came with the request to close.
 */
export function closingVoucher(
  vouchers: Retained,
  { spent, settled }: Pick<Ledger, 'spent' | 'settled'>,
  asked?: SignedAmount,
): SignedAmount | undefined {
  if (spent <= settled) return { cumulativeAmount: settled, signature: unsigned }
  const candidates = asked === undefined ? vouchers : [...vouchers, asked]
  return candidates
    .filter(({ cumulativeAmount }) => cumulativeAmount >= spent)
    .reduce<SignedAmount | undefined>(
      (least, voucher) =>
        least === undefined || voucher.cumulativeAmount < least.cumulativeAmount ? voucher : least,
      undefined,
    )
}

const unsigned: Hex = '0x'
