/** What a bundle of `./mpp` and `./chain` must be able to do anywhere: read, write, sign, sell and pay. */
import { MemoryChain } from '../../src/chain.ts'
import { Challenge, devAccounts, payments, Receipt, session, Voucher } from '../../src/mpp.ts'

/** Buys three words from a payee that is reached by a fetch of its own; answers what came and what it cost. */
export async function purchase() {
  const [payee, payer] = devAccounts
  if (payee === undefined || payer === undefined) throw new Error('there are no accounts')
  const chain = new MemoryChain({ funded: devAccounts.map(({ address }) => address as `0x${string}`) })
  const pay = payments({ account: payee, chain, secretKey: 's'.repeat(32), realm: 'localhost' })
  const poem = pay.stream({ amount: '0.001', unitType: 'word' }, async function* () {
    yield* ['Two', 'roads', 'diverged']
  })

  const url = 'http://localhost/poem'
  const asked = await poem(new Request(url))
  const [challenge] = Challenge.decode(asked.headers.get('www-authenticate') ?? '')

  const receipts: Receipt.Receipt[] = []
  const wallet = session({
    account: payer,
    chain,
    maxDeposit: '1',
    fetch: (input, init) => poem(new Request(input, init)),
    onEvent: (event) => {
      if (event.type === 'receipt') receipts.push(event.receipt)
    },
  })
  const words: string[] = []
  for await (const word of wallet.sse(url)) words.push(word)
  const closed = await wallet.close()
  await pay.close()

  const domain = { protocol: 'v2', escrow: `0x${'11'.repeat(20)}`, chainId: 1 } as const
  const voucher = { channelId: `0x${'22'.repeat(32)}`, cumulativeAmount: 5n } as const
  const signature = await Voucher.sign(voucher, domain, payer)
  return {
    method: challenge?.method,
    words,
    spent: String(closed?.spent),
    receipts: receipts.every((receipt) => Receipt.decode(Receipt.encode(receipt)).spent === receipt.spent),
    signer: Voucher.recover(voucher, domain, signature) === payer.address,
  }
}
