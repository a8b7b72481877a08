/**
 * The `request` of a tempo session challenge: the price of a unit, who is paid, and where the channel lives.
 * Source: tempo session draft, "Request Schema" and "Method Details".
 */
import { z } from 'zod'
import * as EncodedJson from '../../codec/encoded-json.ts'
import { address, amount, bytes32, chainId, type Known } from '../../codec/schema.ts'
import * as Reserve from '../../contracts/reserve.ts'
import * as Challenge from './challenge.ts'
import * as Snapshot from './snapshot.ts'

/** `methodDetails` of a session request. Source: tempo session draft, "Method Details". */
export const methodDetailsSchema = z.looseObject({
  escrowContract: address,
  /** Session default 4217 when absent (spec/readings.md C3); required for v2. */
  chainId: chainId.optional(),
  sessionProtocol: z.enum(['v1', 'v2']).optional(),
  operator: address.optional(),
  /** An existing channel the server suggests to go on with. */
  channelId: bytes32.optional(),
  minVoucherDelta: amount().optional(),
  feePayer: z.boolean().optional(),
  sessionSnapshot: Snapshot.schema.optional(),
})

/** The `request` of a session challenge. Source: tempo session draft, "Request Schema". */
export const schema = z.looseObject({
  /** Price per unit, in base units. */
  amount: amount(),
  currency: address,
  recipient: address,
  unitType: z.string().optional(),
  suggestedDeposit: amount().optional(),
  methodDetails: methodDetailsSchema,
})

/** What the tempo method adds to a session request. */
export type MethodDetails = Known<z.output<typeof methodDetailsSchema>>

/** The terms of a session; amounts in base units. */
export type SessionRequest = Omit<Known<z.output<typeof schema>>, 'methodDetails'> & {
  methodDetails: MethodDetails
}

/** The session default when a challenge states no chain (SESS-REQ-012). */
export const defaultChainId = 4217

/** A request to the text of the challenge's `request`: base64url of canonical JSON. */
export const encode = (request: SessionRequest): string =>
  EncodedJson.encodeAs(schema, request as z.output<typeof schema>)

/** The text of a challenge's `request` to a request. Throws `DecodeError`. */
export const decode = (text: string): SessionRequest => Challenge.requestAs(schema, text)

/**
 * The session protocol of a challenge. One that names none may be treated as v1 (SESS-PROTO-002); where its channels
 * live in the reserve, which holds v2 channels only, the address names v2 (spec/readings.md S6).
 */
export const protocol = ({ methodDetails }: SessionRequest): 'v1' | 'v2' =>
  methodDetails.sessionProtocol ?? (methodDetails.escrowContract === Reserve.address ? 'v2' : 'v1')
