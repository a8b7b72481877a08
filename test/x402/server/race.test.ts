/** One payment at two servers at once that share no claims: the chain takes it once, and it buys one answer. */
import { expect, test } from 'vitest'
import { ChainClient } from '../../../src/chain/client.ts'
import { usdc } from '../../../src/contracts/transfer-authorization.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import { fastestCurve } from '../../../src/keys/native-curve.ts'
import { facilitator } from '../../../src/x402/facilitator/facilitator.ts'
import { chatServer } from '../../../src/x402/server/example/server.ts'
import { versions } from '../../../src/x402/wire/fields.ts'
import { chainId, payee } from '../../support/x402/samples.ts'
import { ask, chat, openShop, paymentFor, price, type Shop } from '../../support/x402/shop.ts'

/** Who settles for the second server. */
const settlers: Record<string, (shop: Shop) => Shop['facilitator']> = {
  'the same facilitator': (shop) => shop.facilitator,
  'another facilitator on the same chain': ({ chain }) =>
    facilitator({
      account: devAccounts[3] as KeyAccount,
      chain: new ChainClient(chain),
      recoverKey: fastestCurve,
    }),
}

const id = 'pay_0123456789abcdef'

/** A name that the payer gave its payment proves nothing of who asks: it gives it to both. */
const ways = [
  ...versions.map((version) => ({ name: `v${version}`, version, named: () => ({}) })),
  { name: 'v2 with an identifier', version: 2 as const, named: (round: number) => ({ id: `${id}${round}` }) },
]
const cases = ways.flatMap((way) => Object.keys(settlers).map((settler) => ({ ...way, settler })))

test.each(cases)('$name, $settler', async ({ version, named, settler }) => {
  const shop = openShop()
  const second = chatServer({
    merchant: { payTo: payee.address, token: usdc, chainId },
    facilitator: settlers[settler]?.(shop) ?? shop.facilitator,
  })
  for (let round = 1; round <= 5; round++) {
    const paid = await paymentFor(shop, version, named(round))
    const asked = [shop.handle(ask(paid)), second(ask(paid, chat({ seed: round })))]
    const answers = await Promise.all(asked)
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 402])
    expect(texts.filter((text) => text.includes('[DONE]'))).toHaveLength(1)
    expect(shop.earned()).toBe(price * BigInt(round))
  }
})
