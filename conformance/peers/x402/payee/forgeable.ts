/** A server that tells payments by what they authorize, and not by who signed it. */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import type { Handler } from '../../../../src/http/handler.ts'
import { paymentField, versions } from '../../../../src/x402/wire/fields.ts'
import * as Payment from '../../../../src/x402/wire/payment.ts'

/** Takes every payment for the first one that came with the same authorization, whatever its signature is. */
export function forgeable(handler: Handler): Handler {
  const first = new Map<string, string>()
  return async (request) => {
    for (const version of versions) {
      const field = request.headers.get(paymentField[version])
      const name = field === null ? undefined : authorizationIn(field)
      if (field === null || name === undefined) continue
      first.set(name, first.get(name) ?? field)
      request.headers.set(paymentField[version], first.get(name) ?? field)
    }
    return handler(request)
  }
}

/** What a field authorizes, as it is written; undefined for what is no payment. */
function authorizationIn(field: string): string | undefined {
  try {
    return JSON.stringify(Payment.decode(field).payload['authorization'])
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
