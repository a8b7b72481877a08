/** Everything the server side of a session needs, resolved once from the author's options. */
import { ChainClient } from '../../chain/client.ts'
import type { Rpc } from '../../chain/rpc.ts'
import type { Address, Bytes32 } from '../../codec/hex.ts'
import * as Hex from '../../codec/hex.ts'
import * as Utf8 from '../../codec/utf8.ts'
import type { Place } from '../../contracts/channel-id.ts'
import * as Escrow from '../../contracts/escrow.ts'
import { pathUsd } from '../../contracts/token.ts'
import type { Domain, SessionProtocol } from '../../contracts/voucher.ts'
import { Answers } from '../../http/answers.ts'
import { addressOf } from '../../http/sender.ts'
import type { Account } from '../../keys/account.ts'
import { fastestCurve } from '../../keys/native-curve.ts'
import type { Recover } from '../../keys/signature.ts'
import { minSecretBytes, type Secret } from '../wire/binding.ts'
import { RememberedProofs } from './charge/proofs.ts'
import type { Contract } from './contract/contract.ts'
import { escrowContract } from './contract/escrow.ts'
import { reserveContract } from './contract/reserve.ts'
import { Holds } from './debit.ts'
import { EarlyReads } from './early-reads.ts'
import { Pace } from './pace.ts'
import { Readings } from './readings.ts'
import { type RuleOverrides, type Rules, withRules } from './rules/rules.ts'
import type { SponsorOptions } from './sponsor/limits.ts'
import { type Sponsorship, sponsorship } from './sponsor/sponsor.ts'
import { memoryStore } from './store/memory.ts'
import type { ChannelRecord } from './store/record.ts'
import type { ChannelStore } from './store/store.ts'
import { describeFailure, type Failure } from './unclaimed.ts'

/** Options of `payments`. Amounts are in base units; the name of each time says its unit. */
export interface PayeeOptions {
  /** Receives the payments and signs closes. */
  account: Account
  /** A node, or a memory chain. */
  chain: Rpc
  /** Binds challenges; at least 32 bytes. Several while one is being rotated out: the first issues. */
  secretKey: Secret | readonly [Secret, ...Secret[]]
  /** Names the protection space in challenges. */
  realm: string
  /** TIP-20 token to be paid in; default pathUSD. */
  currency?: Address
  /** The escrow of v1 channels; default the one SDKs look for on Tempo's test network. */
  escrow?: Address
  /** Where channels are remembered; default in memory. */
  store?: ChannelStore
  /** Seconds a challenge can be answered; default 300. */
  challengeTtlSeconds?: number
  /** Least deposit of a channel, in base units; default none. */
  minDeposit?: bigint
  /**
   * Whether a close of a v2 channel must carry `closeSignature`, the payer's consent to close. One that is carried is
   * always verified. Default false: the drafts do not know it, current SDKs send it (spec/readings.md A28).
   */
  requireCloseSignature?: boolean
  /**
   * Whether a stream sends a `payment-receipt` event after each value that it charged for, not only at its end. Default
   * false; current SDKs do (spec/readings.md D1).
   */
  receiptsMidStream?: boolean
  /** Whether an open is answered with its receipt alone, and content is asked for with a voucher. Default false. */
  opensWithoutContent?: boolean
  /**
   * Status of the answer to a charge that was paid already: 402 with a fresh challenge, the default, as the draft has it,
   * or 403 without one, which tells a client not to pay again, as current SDKs do (spec/readings.md R11).
   */
  replayedChargeStatus?: 402 | 403
  /**
   * How many proofs of an address (charges of "0", and payers that ask for their channel) are remembered at once; default
   * 200,000, about 200 bytes each in memory. Each is remembered until its challenge expires. Beyond it a new proof is
   * answered 503 with the time after which there is room.
   */
  maxProofs?: number
  /** Limits on the fees of payers' transactions that the payee pays (`feePayer`); defaults in `SponsorOptions`. */
  sponsor?: SponsorOptions
  /** How long a paused stream waits for a voucher, in milliseconds; default one minute. */
  needVoucherTimeoutMs?: number
  /**
   * A stream sends an SSE comment after this time without an event, in milliseconds, so that proxies keep the
   * connection. Default 15,000; 0 sends none.
   */
  keepAliveMs?: number
  /** Verified vouchers of a channel, a second, that pay for nothing; default 10. More are answered 429. */
  vouchersPerSecond?: number
  /** Vouchers of one sender, a second, that do not verify; default 100. More are answered 429, verified ones never are. */
  refusedPerSecond?: number
  /**
   * Names the sender of a request, for `refusedPerSecond`. Behind a proxy, read the client's address from its header.
   * Default the address of the connection, where `listen` accepted it; all other requests share one name.
   */
  sender?: (request: Request) => string | undefined
  /** How often the channel of a running stream is read from the chain, in milliseconds; default five seconds. */
  verifyIntervalMs?: number
  /**
   * How old a reading of the channel may be for a voucher to be accepted on it, in milliseconds; default 0: each voucher
   * reads the chain, and a close request bars the next voucher. With more, vouchers are accepted sooner, and for that
   * long after a close request. A refusal never rests on an old reading (spec/readings.md F6).
   */
  voucherReadingMs?: number
  /**
   * How often every live channel is looked up on chain, so that a payer's close request is answered with a close before
   * the grace period is over; in milliseconds, default one minute, and never less than four times in a grace period.
   * Where no process stays, `payments().tend()` does it.
   */
  watchIntervalMs?: number
  /** Settle a channel when this much was delivered since the last time, in base units; default never before the close. */
  settleThreshold?: bigint
  /** Settle whatever was delivered this often, in milliseconds; default never before the close. */
  settleIntervalMs?: number
  /** Close channels that were not used for so long, in milliseconds; default never. */
  closeIdleAfterMs?: number
  /**
   * How long `payments().close()` waits for streams and answers under way to end, in milliseconds; default five seconds.
   * Then they are left: nothing is charged for them any more.
   */
  stopGraceMs?: number
  /**
   * How long `payments().close()` tries to claim what would be lost with the process, in milliseconds; default half a
   * minute.
   */
  claimTimeoutMs?: number
  /**
   * Told of every settlement, close and look at the chain that failed, which is tried again, and of what authors throw:
   * before their content, in it, and in tools. Default: a warning on the console. It must not throw.
   */
  onError?: (failure: Failure) => void
  /** Wall clock in milliseconds; default `Date.now`. */
  clock?: () => number
  /** Replaced rules; for servers that must be wrong on purpose. */
  rules?: RuleOverrides
}

export interface Payee {
  account: Account
  address: Address
  chain: ChainClient
  /** Where channels live, by the protocol an offer is made for. */
  contracts: Readonly<Record<SessionProtocol, Contract>>
  secrets: readonly [Secret, ...Secret[]]
  realm: string
  currency: Address
  store: ChannelStore
  challengeTtlSeconds: number
  minDeposit: bigint
  requireCloseSignature: boolean
  receiptsMidStream: boolean
  opensWithoutContent: boolean
  replayedChargeStatus: 402 | 403
  proofs: RememberedProofs
  sponsor: Sponsorship
  needVoucherTimeoutMs: number
  keepAliveMs: number
  pace: Pace
  sender(request: Request): string
  /** Prices of answers that are being made. */
  holds: Holds
  /** When each channel was last seen in order on chain. */
  readings: Readings
  /** First answers under Idempotency-Keys, of all resources. */
  answers: Answers
  verifyIntervalMs: number
  settleThreshold: bigint | undefined
  settleIntervalMs: number | undefined
  closeIdleAfterMs: number | undefined
  watchIntervalMs: number
  stopGraceMs: number
  claimTimeoutMs: number
  onError(failure: Failure): void
  /** Called after each charge. */
  onCharge(record: ChannelRecord): void
  /** Called when a stream finds that its payer has requested the close. */
  onCloseRequested(record: ChannelRecord): void
  /** Channels for which this process is sending a close. */
  closesUnderWay: Set<Bytes32>
  /** For which channels the chain is read before a voucher is verified. */
  earlyReads: EarlyReads
  clock: () => number
  rules: Rules
  recoverKey: Recover
}

/**
 * Fills in the defaults. Throws `TypeError` for a secret of fewer than 32 bytes, or an invalid realm, currency, escrow,
 * time to live or sponsor limit.
 */
export function resolvePayee(options: PayeeOptions): Payee {
  const secrets = (Array.isArray(options.secretKey) ? options.secretKey : [options.secretKey]) as [
    Secret,
    ...Secret[],
  ]
  if (secrets.length === 0) throw new TypeError('secretKey is an empty list')
  for (const secret of secrets) {
    // From plain JavaScript: a variable of the environment that is not set.
    if (typeof secret !== 'string' && !ArrayBuffer.isView(secret))
      throw new TypeError(`secretKey is missing: it is text or bytes, at least ${minSecretBytes} of them`)
    const { length } = typeof secret === 'string' ? Utf8.encode(secret) : secret
    if (length < minSecretBytes) throw new TypeError(`secretKey has ${length} bytes, needs ${minSecretBytes}`)
  }
  const clock = options.clock ?? Date.now
  const chain = new ChainClient(options.chain, { clock })
  return {
    account: options.account,
    address: Hex.address(options.account.address),
    chain,
    contracts: {
      v1: escrowContract(chain, addressIn('escrow', options.escrow ?? Escrow.address)),
      v2: reserveContract(chain),
    },
    secrets,
    realm: realmOf(options.realm),
    currency: addressIn('currency', options.currency ?? pathUsd),
    store: options.store ?? memoryStore(),
    challengeTtlSeconds: ttlOf(options.challengeTtlSeconds ?? 300, clock()),
    minDeposit: options.minDeposit ?? 0n,
    requireCloseSignature: options.requireCloseSignature ?? false,
    receiptsMidStream: options.receiptsMidStream ?? false,
    opensWithoutContent: options.opensWithoutContent ?? false,
    replayedChargeStatus: options.replayedChargeStatus ?? 402,
    proofs: new RememberedProofs(options.maxProofs ?? 200_000, clock),
    sponsor: sponsorship(options.sponsor, clock),
    needVoucherTimeoutMs: options.needVoucherTimeoutMs ?? 60_000,
    keepAliveMs: options.keepAliveMs ?? 15_000,
    pace: new Pace({
      vouchersPerSecond: options.vouchersPerSecond ?? 10,
      refusedPerSecond: options.refusedPerSecond ?? 100,
      clock,
    }),
    sender: (request) => (options.sender ?? addressOf)(request) ?? 'unknown',
    holds: new Holds(),
    readings: new Readings({ clock, maxAgeMs: options.voucherReadingMs ?? 0 }),
    answers: new Answers(),
    verifyIntervalMs: options.verifyIntervalMs ?? 5_000,
    settleThreshold: options.settleThreshold,
    settleIntervalMs: options.settleIntervalMs,
    closeIdleAfterMs: options.closeIdleAfterMs,
    watchIntervalMs: options.watchIntervalMs ?? 60_000,
    stopGraceMs: options.stopGraceMs ?? 5_000,
    claimTimeoutMs: options.claimTimeoutMs ?? 30_000,
    onError: options.onError ?? ((failure) => console.warn(describeFailure(failure))),
    onCharge: () => undefined,
    onCloseRequested: () => undefined,
    closesUnderWay: new Set(),
    earlyReads: new EarlyReads(),
    clock,
    rules: withRules(options.rules),
    recoverKey: fastestCurve,
  }
}

/** A realm must not contain `|`, the separator of the values that a challenge binds. */
function realmOf(realm: string): string {
  if (/[^\t -~\u0080-\u00ff]|\|/.test(realm))
    throw new TypeError(`realm ${JSON.stringify(realm)} cannot be in a challenge`)
  return realm
}

/** An address of the options. */
function addressIn(option: 'currency' | 'escrow', text: string): Address {
  try {
    return Hex.address(text)
  } catch (error) {
    const what = option === 'currency' ? 'a token' : 'a contract'
    throw new TypeError(`${option} ${JSON.stringify(text)} is no address of ${what}`, { cause: error })
  }
}

/** How long challenges can be answered, in seconds: their end has a year of four digits (RFC 3339). */
function ttlOf(seconds: number, now: number): number {
  const end = now + seconds * 1000
  if (!(seconds > 0 && end < Date.UTC(10_000, 0)))
    throw new TypeError(`challengeTtlSeconds ${seconds} is no time that a challenge can state`)
  return seconds
}

/** Where this payee's channels of a protocol live. */
export const placeOf = async (payee: Payee, protocol: SessionProtocol): Promise<Place> => ({
  escrow: payee.contracts[protocol].address,
  chainId: await payee.chain.chainId(),
})

/** What vouchers to this payee are signed under. */
export const domainOf = async (payee: Payee, protocol: SessionProtocol): Promise<Domain> => ({
  protocol,
  ...(await placeOf(payee, protocol)),
})
