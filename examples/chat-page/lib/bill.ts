/** What an answer cost, told by the route to the page in a header field of its own. */
export interface Bill {
  /** Tokens, "0.01". */
  amount: string
  payTo: string
  transaction: string
}

const field = 'chat-bill'

export const billHeaders = (bill: Bill | undefined): Record<string, string> =>
  bill === undefined ? {} : { [field]: JSON.stringify(bill) }

export function readBill(headers: Headers): Bill | undefined {
  const text = headers.get(field)
  return text === null ? undefined : (JSON.parse(text) as Bill)
}
