/** `Payment-Session`: the id of a channel the payer may go on with (tempo session draft, "Session Snapshot"). */
import { trim } from '../../codec/field.ts'
import * as Hex from '../../codec/hex.ts'

/** A channel id to a field value. */
export const encode = (channelId: Hex.Bytes32): string => Hex.bytes32(channelId)

/** A field value to a channel id, in lower case. Throws `DecodeError`. */
export const decode = (field: string): Hex.Bytes32 => Hex.bytes32(trim(field))
