/** A need-voucher event as far as it can be read: each figure alone, since one of the wrong form is for the check about it. */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Json from '../../../../src/codec/json.ts'
import type { NeedVoucher } from '../../../../src/mpp/wire/events.ts'
import { amount, bytes32 } from './figures.ts'

/** What one says; empty when it is no JSON object. */
export type Ask = { readonly [Member in keyof NeedVoucher]: NeedVoucher[Member] | undefined }

/** Reads the data of one. */
export function askIn(data: string): Ask {
  const said = objectIn(data)
  return {
    acceptedCumulative: amount(said['acceptedCumulative']),
    channelId: bytes32(said['channelId']),
    deposit: amount(said['deposit']),
    requiredCumulative: amount(said['requiredCumulative']),
  }
}

function objectIn(data: string): Json.JsonObject {
  try {
    const value = Json.decode(data)
    return Json.isObject(value) ? value : {}
  } catch (error) {
    if (error instanceof DecodeError) return {}
    throw error
  }
}
