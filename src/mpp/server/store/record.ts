/** What a payee remembers of one channel, and its form on disk. */
import { z } from 'zod'
import { unchanging } from '../../../codec/compiled-schema.ts'
import type { Bytes32, Hex } from '../../../codec/hex.ts'
import { address, amount, bytes, bytes32, decodeWith, writeWith } from '../../../codec/schema.ts'
import * as Descriptor from '../../../contracts/descriptor.ts'
import type { Ledger } from '../../ledger.ts'
import type { Retained } from '../retained.ts'
import { framed } from './record-text.ts'

const ledger = z.object({
  deposit: amount(),
  settled: amount(),
  closeRequestedAt: z.int(),
  accepted: amount(),
  spent: amount(),
  units: z.int(),
  phase: z.enum(['open', 'closing', 'closed']),
  missing: z.object({ since: z.int().optional() }).optional(),
})

const schema = z.object({
  channelId: bytes32,
  protocol: z.enum(['v1', 'v2']),
  chainId: z.int(),
  escrow: address,
  /** Of a v1 channel: operator and hash are zero. */
  descriptor: unchanging(Descriptor.schema),
  ledger,
  /** Vouchers worth keeping; the last is for `ledger.accepted`. */
  vouchers: unchanging(z.array(z.object({ cumulativeAmount: amount(), signature: bytes }))),
  /** The challenge answered by the last accepted voucher: the audit trail from vouchers to requests (SESS-ATTR-001). */
  challengeId: z.string(),
  /** Transactions of the payer already credited: opens and top-ups. */
  credited: unchanging(z.array(bytes32)),
  /** Idempotency keys that were charged, the newest last. */
  chargedKeys: unchanging(z.array(z.string())),
  /** Wall clock in milliseconds when the channel was last used. */
  usedAt: z.number(),
  /** The block it was opened in: a node that has not come to it says nothing of the channel. */
  openedBlock: z.int().optional(),
  /**
   * While a close is under way, the wall clock in milliseconds after which its transaction can no longer be mined:
   * until then a process that finds it here must not serve.
   */
  closingUntil: z.number().optional(),
  /** That transaction as it is signed, kept before it is sent: its receipt is found by its hash, and it can be sent again. */
  closingRaw: bytes.optional(),
  /** The close transaction, once it succeeded. */
  closeTransaction: bytes32.optional(),
})

/** What a payee keeps of a channel: its terms, its books, and the best voucher. Amounts in base units. */
export interface ChannelRecord {
  channelId: Bytes32
  protocol: 'v1' | 'v2'
  chainId: number
  escrow: `0x${string}`
  descriptor: Descriptor.Descriptor
  ledger: Ledger
  vouchers: Retained
  challengeId: string
  credited: readonly Bytes32[]
  chargedKeys: readonly string[]
  usedAt: number
  openedBlock?: number
  closingUntil?: number
  closingRaw?: Hex
  closeTransaction?: Bytes32
}

/** A record to JSON text; amounts are decimal text. */
export const encode: (record: ChannelRecord) => string = framed(
  (record) => writeWith(schema, record as z.output<typeof schema>),
  (books) => writeWith(ledger, books as z.output<typeof ledger>),
  'vouchers',
)

/** JSON text to a record. Throws `DecodeError`: a store that holds anything else must not be served from. */
export const decode = (text: string): ChannelRecord => decodeWith(schema, JSON.parse(text)) as ChannelRecord
