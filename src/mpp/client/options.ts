/** The options, the events and the interface of a session. */
import type { Rpc } from '../../chain/rpc.ts'
import type { Address, Bytes32 } from '../../codec/hex.ts'
import type { Limits } from '../../http/limits.ts'
import type { Account } from '../../keys/account.ts'
import type { Receipt } from '../wire/receipt.ts'
import type { SessionRequest } from '../wire/session-request.ts'
import type { PayerChannel } from './channel.ts'
import type { DepositChoice } from './deposit.ts'
import type { Entry, Journal } from './journal.ts'
import type { ClientRuleOverrides } from './rules.ts'
import type { TermsChange } from './terms.ts'

export type { TermsChange } from './terms.ts'

/** What happens in a session, as it happens. Amounts in base units. */
export type SessionEvent =
  | { type: 'challenge'; terms: SessionRequest }
  /** A channel was opened. `choice`: who chose its deposit. */
  | { type: 'open'; channelId: Bytes32; deposit: bigint; choice: DepositChoice }
  /** A channel of the journal is gone on with, or one that the payee suggests and the chain proves. */
  | { type: 'resume'; channelId: Bytes32; deposit: bigint; authorized: bigint }
  | { type: 'voucher'; cumulativeAmount: bigint }
  | { type: 'topUp'; additionalDeposit: bigint; deposit: bigint }
  | { type: 'receipt'; receipt: Receipt }
  | ({ type: 'closed' } & Closed)

/** What a payer is asked before money is locked. */
export interface Confirmation {
  action: 'open' | 'topUp'
  url: string
  /** What is asked for, and who is paid. */
  terms: SessionRequest
  /** Base units to lock, or to add. */
  amount: bigint
}

export interface SessionOptions {
  /** Whose money it is: opens, tops up, and signs vouchers unless there is a `signer`. */
  account: Account
  /** Signs the vouchers in the account's place: channels are opened with it as their authorized signer. */
  signer?: Account
  chain: Rpc
  /** Most that may be deposited and signed for, in tokens: "1". */
  maxDeposit: string
  /**
   * Units to deposit for at first, within `maxDeposit`; default what the server suggests, or else `maxDeposit`.
   * `deposit.ts` has a table of what each choice costs. Each top-up adds as much as is deposited already.
   */
  depositUnits?: number
  /**
   * Most that may be locked in channels of one host and was paid to it, in tokens; over all sessions with the same
   * journal, this one and those before. No bound by default.
   */
  maxPerHost?: string
  /** The most that may be paid and locked over all hosts, in tokens; counted as `maxPerHost` is. Default no limit. */
  maxTotal?: string
  /** Most that one unit may cost, in tokens; no bound but `maxDeposit` by default. Up to it, a price may rise unasked. */
  maxPrice?: string
  /**
   * Called when a server asks for other terms than were agreed to: a higher price, other units, larger vouchers, fees.
   * Default false: the call rejects with `PolicyError` `changed-terms`, and nothing is signed.
   */
  onTerms?: (change: TermsChange) => boolean | Promise<boolean>
  /** Called before a deposit or a top-up is signed; default true. False rejects with `PolicyError` `not-confirmed`. */
  confirm?: (question: Confirmation) => boolean | Promise<boolean>
  /** Escrows that may hold v1 channels; default the one SDKs look for. v2 channels live in the reserve. */
  escrows?: readonly Address[]
  /** Tokens to pay in; default pathUSD. */
  currencies?: readonly Address[]
  /** Chains to pay on; default whichever the node is of. */
  chains?: readonly number[]
  /** Addresses that may be paid; default any. */
  recipients?: readonly Address[]
  /** Units one event may cost, and that are signed for before it comes; default 1. */
  unitsPerEvent?: number
  /**
   * With 1, the next unit of a stream is signed for as soon as the one before it came, and not when the server asks:
   * the stream pauses for less time. Never more than one unit is signed for that did not come, so that is the most a
   * server can keep for nothing, after every stream. A top-up is made only when the server asks. Default 0.
   */
  ahead?: 0 | 1
  /** Names of the events that units come in; default `message`, which events without a name are. Others are free. */
  unitEvents?: readonly string[]
  /** Where channels are kept, so that another process can go on with them or get their deposit back; default in memory. */
  journal?: Journal
  /** A channel of the journal to go on with; default one that fits, if there is one. */
  resume?: Entry
  /** Limits of waiting times and body sizes; each has a default. */
  limits?: Partial<Limits>
  /** Ends the session's requests. `close` still works if it is given a signal of its own. */
  signal?: AbortSignal
  fetch?: typeof globalThis.fetch
  clock?: () => number
  /** Waits, when a server asks to; default a timer. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>
  /** Produces the 32-byte salt of a new channel; default random. */
  salt?: () => Bytes32
  onEvent?: (event: SessionEvent) => void
  /** Replacements for single rules, to study clients that lack one. */
  rules?: ClientRuleOverrides
}

/** How a channel ended, by the chain; base units. */
export interface Closed {
  channelId: Bytes32
  paid: bigint
  refunded: bigint
  /** What the receipt says was spent; `paid` when no receipt arrived. */
  spent: bigint
  /** Highest total that the payee accepted, by the receipt; the highest signed when none arrived. */
  acceptedCumulative: bigint
  /** The payee's receipt; absent when its answer was lost and the chain told how the channel ended. */
  receipt?: Receipt
}

/** An answer to a request, and what it cost to get. */
export interface Purchase {
  response: Response
  /** Whether a payment went with the request. */
  paid: boolean
  /** The data of the events, paid for as they come; absent when the answer is no event stream. */
  events?: AsyncGenerator<string, void, undefined>
}

export interface Session {
  /**
   * Sends a request and pays for it: one unit, or a stream as it arrives. Rejects with `PolicyError` when the session
   * declines to pay, `PaymentRefused` when the server refuses the payment, `ServerError` when the server breaks the
   * protocol.
   */
  buy(url: string, init?: RequestInit): Promise<Purchase>
  /**
   * Fetches a resource that costs one unit. Beside a stream of the same channel, read that stream too: a payee does not
   * tell requests apart, and gives their units to whichever waits.
   */
  fetch(url: string, init?: RequestInit): Promise<Response>
  /** The data of a paid stream's events, paying as it goes. Throws `ServerError` `no-stream` for any other answer. */
  sse(url: string, init?: RequestInit): AsyncGenerator<string, void, undefined>
  /**
   * Adds to the deposit, in tokens. Rejects with `PolicyError`: `no-channel` before the first paid request,
   * `over-budget` when the deposit would exceed `maxDeposit`.
   */
  topUp(amount: string, options?: { signal?: AbortSignal }): Promise<Receipt>
  /** Closes the channel where it was opened; undefined when nothing was opened. May be called again when it fails. */
  close(options?: { signal?: AbortSignal }): Promise<Closed | undefined>
  /** Leaves the channel open, for another session on the same journal. */
  leave(): Promise<void>
  /** The channel, once there is one. */
  readonly channel: Readonly<PayerChannel> | undefined
}
