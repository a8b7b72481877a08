/**
 * The facts that money is counted by, as they stand in the trace. The side that does or sees something records it:
 * a payer what it signed and what it was given, the harness that it killed a server, the audit what the chain says.
 * Amounts are base units.
 */
import type { Address, Bytes32 } from '../../../../src/codec/hex.ts'
import type { SessionProtocol } from '../../../../src/contracts/voucher.ts'

/** What a voucher was presented for. */
export type Act = 'open' | 'voucher' | 'close'

/** What can happen to a channel. */
export type ChannelEvent =
  /** Its open was signed; nothing is on chain yet. */
  | { is: 'prepared'; payer: Address; protocol: SessionProtocol; deposit: bigint }
  /** The server took it, or the chain has it: its deposit is to be accounted for. */
  | { is: 'opened' }
  /** A top-up was taken. */
  | { is: 'topped-up'; by: bigint }
  /** What the chain says is deposited in all. */
  | { is: 'deposited'; deposit: bigint }
  /** A lawful voucher was sent. A deviating one is not recorded, because no rule may rely on it. */
  | { is: 'sent'; act: Act; amount: bigint }
  | { is: 'answered'; act: Act; amount: bigint; taken: boolean }
  /** The server may rely on a voucher though it refused what came with it. */
  | { is: 'held'; amount: bigint }
  /** A receipt's total. */
  | { is: 'told'; spent: bigint }
  /** A paid stream. One that is not read delivers units that are not counted. */
  | { is: 'began'; stream: number; server: string; price: bigint; read: boolean }
  /** Units of the stream so far, and those among them that cannot have been free. */
  | { is: 'delivered'; stream: number; units: number; certain: number }
  /** The stream paused for a voucher. */
  | { is: 'asked'; stream: number }
  | { is: 'ended'; stream: number; how: 'by the target' | 'broken' | 'by the kit' }
  /** A whole response; `key` is its Idempotency-Key, `spent` the total in its receipt. */
  | { is: 'served'; server: string; units: number; price: bigint; key?: string; spent?: bigint }
  /** Content came in a form whose units cannot be counted. */
  | { is: 'uncountable' }
  /** The receipt of the close that wound the channel up. */
  | { is: 'wound-up'; accepted: bigint; spent: bigint }
  /** The channel on chain. */
  | { is: 'on-chain'; deposit: bigint; settled: bigint }
  | { is: 'closed'; captured: bigint; refunded: bigint }

export type ChannelFact = { channel: Bytes32 } & ChannelEvent

/** What can happen to a one-off payment. */
export type PaymentEvent =
  | { is: 'charge-signed'; payer: Address; price: bigint; to: readonly Address[] }
  /** The payer broadcast it itself, and it was mined. */
  | { is: 'charge-pushed' }
  /** The node's answer to its broadcast was lost: the scenario, not the audit, judges what it buys. */
  | { is: 'charge-unanswered' }
  /** Content was given for it. */
  | { is: 'charge-taken' }
  /** What it moved from its payer to whom it pays. */
  | { is: 'charge-moved'; amount: bigint }

/** One-off payments are named by the hash of the transaction as the payer signed it. */
export type PaymentFact = { payment: Bytes32 } & PaymentEvent

/** What can happen to a payer's own money. */
type PayerEvent =
  /** Its balance when the scenario begins. */
  | { is: 'funded'; amount: bigint }
  /** It let go of money by its own doing. */
  | { is: 'gave'; amount: bigint }
  /** A transaction whose fee it pays, sent or not. */
  | { is: 'signed'; transaction: Bytes32 }
  | { is: 'fee'; transaction: Bytes32; amount: bigint }
  | { is: 'balance'; amount: bigint }
  /** What went from it to those its one-off payments name, by the chain's log. */
  | { is: 'transferred'; amount: bigint }

export type PayerFact = { payer: Address } & PayerEvent

/** A server was killed. */
type ServerFact = { is: 'killed'; server: string }

export type Fact = ChannelFact | PaymentFact | PayerFact | ServerFact
