/**
 * Limits on the fees that a payee pays for payers. A payer chooses gas limit, prices and validity of the transaction it
 * signs, and can create any number of accounts; so each figure is capped, and so is the sum.
 */

/** Most that a payee pays for transactions of its payers. Fees in base units. */
export interface SponsorOptions {
  /** Most gas one transaction may ask for; default 3,000,000. */
  maxGas?: bigint
  /** Most it may offer for a unit of gas, in attodollars; default 100 billion. */
  maxFeePerGas?: bigint
  /** Most it may offer as a tip, in attodollars a unit of gas; default 50 billion. */
  maxPriorityFeePerGas?: bigint
  /** Most one transaction may cost, in base units: its gas limit at the highest price it offers; default 100,000. */
  maxFee?: bigint
  /** Furthest its `validBefore` may lie ahead, in seconds; default 60. */
  maxValiditySeconds?: number
  /**
   * A channel deposits more than so many times the fee its open may cost, at today's price; default 1. A channel that
   * cannot bring in what its open costs is never worth it.
   */
  minDepositFees?: number
  /** Most that one payer's transactions cost within a minute, in base units; default 300,000. An open counts twice: its close is paid for too. */
  maxFeesPerPayerPerMinute?: bigint
  /** Most that all of them cost within a minute, in base units; default 3,000,000. */
  maxFeesPerMinute?: bigint
  /** Most that all of them cost within 24 hours, in base units; default 50,000,000. */
  maxFeesPerDay?: bigint
}

export type SponsorLimits = Readonly<Required<SponsorOptions>>

/** Fills in defaults. Throws `TypeError` for a limit below zero. */
export function sponsorLimits(options: SponsorOptions = {}): SponsorLimits {
  const limits: SponsorLimits = {
    maxGas: 3_000_000n,
    maxFeePerGas: 100_000_000_000n,
    maxPriorityFeePerGas: 50_000_000_000n,
    maxFee: 100_000n,
    maxValiditySeconds: 60,
    minDepositFees: 1,
    maxFeesPerPayerPerMinute: 300_000n,
    maxFeesPerMinute: 3_000_000n,
    maxFeesPerDay: 50_000_000n,
    ...options,
  }
  for (const [name, value] of Object.entries(limits))
    if (!(value >= 0)) throw new TypeError(`sponsor.${name} is ${value}, must not be negative`)
  if (!Number.isSafeInteger(limits.minDepositFees))
    throw new TypeError(`sponsor.minDepositFees is ${limits.minDepositFees}, must be a whole number`)
  return limits
}
