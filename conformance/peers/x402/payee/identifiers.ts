/** What can be done wrong with payment identifiers, around a server that does them right. */
import type { Handler } from '../../../../src/http/handler.ts'
import type { Facilitator } from '../../../../src/x402/wire/facilitator-api.ts'
import { paymentField } from '../../../../src/x402/wire/fields.ts'
import * as Payment from '../../../../src/x402/wire/payment.ts'
import * as PaymentIdentifier from '../../../../src/x402/wire/payment-identifier.ts'

const field = paymentField[2]

/** The identifier of the payment of a request. */
function idOf({ headers }: Request): string | undefined {
  const value = headers.get(field)
  return value === null ? undefined : PaymentIdentifier.idOf(Payment.decode(value).extensions)
}

/** A payment without what extensions say. */
function unnamed({ json }: Payment.Payment): Payment.Payment {
  const { extensions: _, ...rest } = json
  return Payment.fromJson(rest)
}

/** Has payments settled by a facilitator that hears no names: those it knows, it would refuse. */
export const settlingUnnamed = (own: Facilitator): Facilitator => ({
  ...own,
  settle: ({ payment, ...request }) => own.settle({ ...request, payment: unnamed(payment) }),
})

/** Takes every payment as if it had no name. */
export const forgettingNames =
  (handler: Handler): Handler =>
  async (request) => {
    const value = request.headers.get(field)
    if (value === null) return handler(request)
    const headers = new Headers(request.headers)
    headers.set(field, Payment.encode(unnamed(Payment.decode(value))))
    const { url, method, signal } = request
    return handler(new Request(url, { method, headers, signal, body: await request.arrayBuffer() }))
  }

/** Gives the first answer under a name to everybody who says it. */
export function repeatingToAll(): (handler: Handler) => Handler {
  const first = new Map<string, { body: string; headers: Headers }>()
  return (handler) => async (request) => {
    const id = idOf(request)
    const known = first.get(id ?? '')
    if (known !== undefined) return new Response(known.body, { headers: known.headers })
    const response = await handler(request)
    if (id === undefined || !response.ok) return response
    const body = await response.text()
    first.set(id, { body, headers: response.headers })
    return new Response(body, response)
  }
}
