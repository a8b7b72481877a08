/**
 * The `charge` intent of method `tempo`: one TIP-20 transfer, at once. The request with its method details, the
 * three payloads that answer it, and the transfers it asks for.
 * Source: tempo charge draft, "Request Schema", "Credential Schema" and "Split Payments".
 */

import { z } from 'zod'
import {
  address,
  amount,
  bytes,
  bytes32,
  chainId,
  decodeWith,
  encodeWith,
  type Known,
} from '../../codec/schema.ts'
import * as Uint from '../../codec/uint.ts'
import type { Transfer } from '../../contracts/transfer.ts'
import * as Challenge from './challenge.ts'
import * as ChargeRequest from './charge-request.ts'
import * as Proof from './proof.ts'

/** The chain of a challenge that names none (spec/readings.md C3). */
export const defaultChainId = 42_431

/** How a payment that is not zero reaches the chain: the server broadcasts it (`pull`), or the payer did (`push`). */
export const modes = ['pull', 'push'] as const

/** Who sends the transaction: the server (`pull`) or the payer (`push`). */
export type Mode = (typeof modes)[number]

const split = z.looseObject({ amount: amount(Uint.maxUint256), memo: bytes32.optional(), recipient: address })

/** The `request` of a charge with the tempo method. Source: tempo charge draft, "Request Schema". */
export const requestSchema = z.looseObject({
  ...ChargeRequest.schema.shape,
  currency: address,
  recipient: address,
  methodDetails: z
    .looseObject({
      chainId: chainId.optional(),
      feePayer: z.boolean().optional(),
      /** When present, the payment is a transferWithMemo that carries it. */
      memo: bytes32.optional(),
      splits: z.array(split).min(1).optional(),
      /** Absent: both. */
      supportedModes: z.array(z.enum(modes)).min(1).optional(),
    })
    .optional(),
})

/** What a payment of the tempo method must be; the amount in base units. */
export type Request = Known<z.output<typeof requestSchema>>

/** A request to the text of the challenge's `request`. Throws `TypeError` when the splits leave nothing to the recipient. */
export function encode(request: Request): string {
  if (request.methodDetails?.splits !== undefined && remainder(request) <= 0n)
    throw new TypeError('the splits are not below the amount')
  return Challenge.encodeObject(encodeWith(requestSchema, request))
}

/** The text of a challenge's `request` to a request. Throws `DecodeError`. */
export const decode = (text: string): Request =>
  decodeWith(requestSchema, Challenge.request({ request: text }))

/** The payload of a charge credential, by its type. Source: tempo charge draft, "Credential Schema". */
export const payloadSchema = z.discriminatedUnion('type', [
  /** A signed transaction, for the server to broadcast. */
  z.looseObject({ type: z.literal('transaction'), signature: bytes }),
  /** A transaction the payer has broadcast. */
  z.looseObject({ type: z.literal('hash'), hash: bytes32 }),
  Proof.schema,
])

/** The payload of a charge credential. */
export type Payload = Known<z.output<typeof payloadSchema>>

/** A JSON object inside a credential to a payload. Throws `DecodeError`. */
export const payloadFromJson = (value: unknown): Payload => decodeWith(payloadSchema, value)

/** A payload to the JSON object inside a credential. */
export const payloadToJson = (payload: Payload): z.input<typeof payloadSchema> =>
  encodeWith(payloadSchema, payload)

export type { Transfer }

/** The transfers a request asks for: the recipient gets what the splits leave. None for a zero amount. */
export function transfersOf(request: Request): Transfer[] {
  const { recipient, methodDetails } = request
  if (request.amount === 0n) return []
  const shares = (methodDetails?.splits ?? []).map(({ recipient: to, amount: share, memo }) => ({
    to,
    amount: share,
    memo,
  }))
  return [{ to: recipient, amount: remainder(request), memo: methodDetails?.memo }, ...shares]
}

const remainder = ({ amount: total, methodDetails }: Request): bigint =>
  (methodDetails?.splits ?? []).reduce((left, share) => left - share.amount, total)

/**
 * Whether transfers that were made include each that is asked for, each counted once. A transfer with a memo also
 * pays what asks for none.
 */
export function covers(made: readonly Transfer[], asked: readonly Transfer[]): boolean {
  const left = [...made]
  // Those that name a memo first: the others take whatever remains.
  const inOrder = asked.toSorted((a, b) => Number(b.memo !== undefined) - Number(a.memo !== undefined))
  return inOrder.every(({ to, amount: value, memo }) => {
    const at = left.findIndex(
      (found) => found.to === to && found.amount === value && (memo === undefined || found.memo === memo),
    )
    if (at < 0) return false
    left.splice(at, 1)
    return true
  })
}
