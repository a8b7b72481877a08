/**
 * Server-side accounting of one channel, as pure rules: what may be accepted, what may be charged, what a close
 * captures. One model for the server, the simulations and the property tests.
 *
 * Source: tempo session draft, "Server-Side Accounting" and "Voucher Verification" steps 5-9. `spent` belongs to
 * the channel, not to a session on it (spec/readings.md A1); a top-up raises the deposit only (A2).
 *
 * Always: spent <= accepted <= deposit, and none of the three falls while the channel is open.
 */
import * as Uint from '../codec/uint.ts'
import { type Refusal, refuse } from './wire/problem.ts'

/** The books of one channel; amounts in base units. */
export interface Ledger {
  /** On chain, as last verified. */
  deposit: bigint
  /** On chain, as last verified. */
  settled: bigint
  /** On chain, as last verified: seconds since the epoch, 0 for none. */
  closeRequestedAt: number
  /** Highest voucher accepted. */
  accepted: bigint
  /** Charged for delivered service. */
  spent: bigint
  /** Units charged. */
  units: number
  /** `closing` while a close transaction is under way: nothing is charged any more. */
  phase: 'open' | 'closing' | 'closed'
  /**
   * Set while the node does not have the channel and nothing proves that it is over; `since` is the first block at which
   * it was missing, where that is known.
   */
  missing?: { since?: number }
}

/** A ledger for a channel that was just opened with an accepted initial voucher. */
export const open = (deposit: bigint, accepted: bigint, settled = 0n): Ledger => ({
  deposit,
  settled,
  closeRequestedAt: 0,
  accepted,
  // What was settled before was spent before, so it cannot be spent again.
  spent: settled,
  units: 0,
  phase: 'open',
})

/** What accepted vouchers still pay for. */
export const available = (ledger: Ledger): bigint => ledger.accepted - ledger.spent

/** A rule: undefined lets pass. */
export type Rule<Input> = (ledger: Ledger, input: Input) => Refusal | undefined

/** The first refusal of named rules, in order. */
export function firstRefusal<Input>(
  rules: Readonly<Record<string, Rule<Input>>>,
  ledger: Ledger,
  input: Input,
): Refusal | undefined {
  for (const name in rules) {
    const refusal = rules[name]?.(ledger, input)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

const notOver: Rule<unknown> = ({ phase }) =>
  phase === 'open' ? undefined : refuse('session/channel-finalized', `the channel is ${phase}`)

const noPendingClose: Rule<unknown> = ({ closeRequestedAt }) =>
  closeRequestedAt === 0
    ? undefined
    : refuse('verification-failed', 'the payer has requested to close the channel')

/** Nothing is sold on a channel the node does not have; it may be there again (SESS-REORG-002). */
const onChain: Rule<unknown> = ({ missing }) =>
  missing === undefined
    ? undefined
    : refuse('session/channel-not-found', 'the node does not have the channel at the moment')

/** A voucher whose signature already verified, and the least increase the server takes. */
export interface VoucherInput {
  cumulativeAmount: bigint
  minDelta: bigint
}

/** Steps 5-7 of Voucher Verification. */
export const voucherRules = {
  notOver,
  onChain,
  noPendingClose,
  notLower: ({ accepted }, { cumulativeAmount }) =>
    cumulativeAmount >= accepted
      ? undefined
      : refuse('session/delta-too-small', `a voucher for ${accepted} was already accepted`),
  enoughDelta: ({ accepted }, { cumulativeAmount, minDelta }) =>
    cumulativeAmount <= accepted || cumulativeAmount - accepted >= minDelta
      ? undefined
      : refuse('session/delta-too-small', `a voucher must raise the total by at least ${minDelta}`),
  withinDeposit: ({ deposit }, { cumulativeAmount }) =>
    cumulativeAmount <= deposit
      ? undefined
      : refuse('session/amount-exceeds-deposit', `the voucher is above the deposit of ${deposit}`),
} satisfies Record<string, Rule<VoucherInput>>

/** Steps 8-9: an equal amount changes nothing (an idempotent retry). */
export const acceptVoucher = (ledger: Ledger, { cumulativeAmount }: VoucherInput): Ledger =>
  cumulativeAmount > ledger.accepted ? { ...ledger, accepted: cumulativeAmount } : ledger

/** A charge for `units` units that cost `cost` in all. */
export interface ChargeInput {
  cost: bigint
  units: number
}

/** Per-Request Processing, step 2. Nothing is served while a close is pending (spec/readings.md A17). */
export const chargeRules = {
  notOver,
  onChain,
  noPendingClose,
  enoughBalance: (ledger, { cost }) =>
    available(ledger) >= cost
      ? undefined
      : refuse('session/insufficient-balance', `costs ${cost}, vouchers still pay for ${available(ledger)}`, {
          requiredTopUp: (cost - available(ledger)).toString(),
        }),
} satisfies Record<string, Rule<ChargeInput>>

/** Per-Request Processing, step 3. */
export function charge(ledger: Ledger, { cost, units }: ChargeInput): Ledger {
  // Once for each word: a copy whose members are set is made in half the time of a literal that repeats them.
  const charged = { ...ledger }
  charged.spent = ledger.spent + cost
  charged.units = ledger.units + units
  return charged
}

/** The amount of the voucher that asks for the close. */
export interface CloseInput {
  cumulativeAmount: bigint
}

/**
 * What a close captures: what was consumed, or what was settled already if that is more (reading A24). The amount of
 * the close voucher does not enter into it (SESS-CLOSE-014).
 */
export const captureAmount = ({ spent, settled }: Ledger, _close?: CloseInput): bigint =>
  Uint.max(spent, settled)

/** Cooperative Close, step 2. A pending close request does not bar it (spec/readings.md A17). */
export const closeRules = {
  notOver,
  coversCapture: (ledger, { cumulativeAmount }) =>
    cumulativeAmount >= captureAmount(ledger)
      ? undefined
      : refuse('verification-failed', `the close voucher must cover ${captureAmount(ledger)}`),
} satisfies Record<string, Rule<CloseInput>>

/** A channel that is over takes no deposit. */
export const topUpRules = { notOver, onChain } satisfies Record<string, Rule<undefined>>

/** What the chain says of the channel; a deposit of zero means it is gone (spec/readings.md A18). */
export interface Observation {
  deposit: bigint
  settled: bigint
  closeRequestedAt: number
  /** Set by an escrow, which remembers the channels it closed (v1). */
  finalized?: boolean
}

/** Takes over what the chain is proven to say. A channel that is gone is closed for good. */
export function observe(
  { missing: _, ...ledger }: Ledger,
  { deposit, settled, closeRequestedAt, finalized }: Observation,
): Ledger {
  return deposit === 0n || finalized === true
    ? { ...ledger, phase: 'closed' }
    : { ...ledger, deposit, settled, closeRequestedAt }
}

/** The node does not have the channel, at a block if that is known: no proof that it is over. */
export function miss(ledger: Ledger, block: number | undefined): Ledger {
  const since = ledger.missing?.since ?? block
  return { ...ledger, missing: since === undefined ? {} : { since } }
}

/** The next total a client must sign to pay `cost` more (reading D3). */
export function requiredCumulative(ledger: Ledger, cost: bigint, minDelta: bigint): bigint {
  return Uint.max(ledger.spent + cost, ledger.accepted + Uint.max(minDelta, 1n))
}
