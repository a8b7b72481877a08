/** What a page does for the kit: our client in a browser, sent on one errand by the parameters of the contract. */
import { fetchRpc } from '../../src/chain.ts'
import { accountFromKey, memoryJournal, session } from '../../src/mpp.ts'

/** Channels that a page keeps while it is open, by the name the kit gives. */
const journals = new Map<string, ReturnType<typeof memoryJournal>>()

export interface Parameters {
  url: string
  rpcUrl: string
  currency: `0x${string}`
  privateKey: string
  maxDeposit: string
  state: string
}

/** Buys what is at the URL and closes; answers as the contract says. */
export async function errand({ url, rpcUrl, currency, privateKey, maxDeposit, state }: Parameters) {
  const journal = journals.get(state) ?? memoryJournal()
  journals.set(state, journal)
  const received: string[] = []
  const account = accountFromKey(privateKey)
  const chain = fetchRpc(rpcUrl)
  const paying = session({ account, chain, maxDeposit, currencies: [currency], journal })
  try {
    const { response, events } = await paying.buy(url, {
      headers: { accept: 'text/event-stream, */*;q=0.5' },
    })
    if (events === undefined) received.push(...(await response.text()).split('\n'))
    else for await (const data of events) received.push(data)
    await paying.close()
    return { status: 'done', exit: response.ok ? 0 : 1, received }
  } catch (error) {
    await paying.close().catch(() => undefined)
    return { status: 'done', exit: 1, received, message: String(error) }
  }
}
