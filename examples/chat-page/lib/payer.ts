/** Who pays, and within which limits: one account for the whole process, so that its budget holds over all visitors. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { accountFromKey, Uint } from 'streamed-payments'
import { type PaymentEvent, payingFetch } from 'streamed-payments/x402'
import type { Bill } from './bill'

/** What happens to the money of the call that is being made. */
const events = new AsyncLocalStorage<PaymentEvent[]>()
let payer: typeof fetch | undefined

/** Made at the first call, not at `next build`, which has no key. The token is USDC of Base Sepolia unless ASSET names another. */
function build(): typeof fetch {
  const { PAYER_PRIVATE_KEY = '', CHAIN_ID = '84532', MAX_AMOUNT = '0.05', BUDGET = '1.00' } = process.env
  const { ASSET = '0x036cbd53842c5426634e7929541ec2318f3dcf7e' } = process.env
  return payingFetch({
    account: accountFromKey(PAYER_PRIVATE_KEY),
    maxAmount: MAX_AMOUNT,
    budget: BUDGET,
    assets: [{ chainId: Number(CHAIN_ID), address: ASSET as `0x${string}` }],
    onPayment: (event) => events.getStore()?.push(event),
  })
}

/** fetch that pays, and what it paid. */
export function pay(url: string, init: RequestInit): Promise<{ answer: Response; bill: Bill | undefined }> {
  payer ??= build()
  const fetch = payer
  return events.run([], async () => {
    const answer = await fetch(url, init)
    return { answer, bill: billOf(events.getStore() ?? []) }
  })
}

function billOf(happened: readonly PaymentEvent[]): Bill | undefined {
  const settled = happened.find((event) => event.type === 'settled')
  if (settled === undefined) return undefined
  const { amount, payTo, settlement } = settled
  return { amount: Uint.toDecimal(amount), payTo, transaction: settlement.transaction ?? '' }
}
