/**
 * What a server knows of a reusable channel, offered to its payer in a challenge or in
 * `Payment-Session-Snapshot`. A claim: the client checks every figure (tempo session draft, "Session Snapshot").
 */
import { z } from 'zod'
import * as EncodedJson from '../../codec/encoded-json.ts'
import * as Field from '../../codec/field.ts'
import { address, amount, bytes32, chainId, type Known } from '../../codec/schema.ts'
import * as Descriptor from '../../contracts/descriptor.ts'

/** Largest snapshot that is read, in characters of base64url. */
export const maxSnapshotChars = 16_384

/** A session snapshot. Source: tempo session draft, "Session Snapshot". */
export const schema = z.looseObject({
  acceptedCumulative: amount(),
  chainId,
  channelId: bytes32,
  /** Decimal text like the amounts (spec/readings.md C9). */
  closeRequestedAt: amount().optional(),
  deposit: amount(),
  descriptor: Descriptor.schema,
  escrow: address,
  requiredCumulative: amount(),
  settled: amount(),
  spent: amount(),
  units: z.int().nonnegative().optional(),
})

/** What a server says of a channel; amounts in base units. A claim. */
export type Snapshot = Known<z.output<typeof schema>>

/** A snapshot to a field value. */
export const encode = (snapshot: Snapshot): string =>
  EncodedJson.encodeAs(schema, snapshot as z.output<typeof schema>)

/** A field value to a snapshot. Throws `DecodeError`. */
export const decode = (field: string): Snapshot =>
  EncodedJson.decodeAs(schema, Field.trim(field), maxSnapshotChars)
