/** What an author is told of the payment behind a request. */
import type { Address, Bytes32 } from '../../codec/hex.ts'
import * as Challenge from '../wire/challenge.ts'

/** The payment behind a request, as its author sees it. */
export interface Payment {
  /** Who paid. */
  payer: Address
  /** The channel of a session; a one-off payment has none. */
  channelId?: Bytes32
  /** The challenge it answers. */
  challengeId: string
  /** What the challenge's `opaque` says; empty without one. */
  opaque: Readonly<Record<string, string>>
  /** The receipt as of now, as base64url text: the value of the `Payment-Receipt` header. */
  receipt(): Promise<string>
}

/** The values of a challenge's `opaque`. */
export const opaqueOf = ({ opaque }: Challenge.Challenge): Readonly<Record<string, string>> =>
  opaque === undefined ? {} : Challenge.opaque(opaque)
