/** A viem client as `chain` and a viem account as `account`, typed and run, on either side. */
import { createClient, custom, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'
import {
  ChainClient,
  devAccounts,
  listen,
  MemoryChain,
  payments,
  type Rpc,
  RpcError,
  RpcUnreachable,
  serveRpc,
  session,
} from '../../src/index.ts'

const [payee, payer] = devAccounts.map(({ privateKey }) => privateKeyToAccount(privateKey))
const memoryChain = () =>
  new MemoryChain({ funded: devAccounts.map(({ address }) => address as `0x${string}`) })

test.each(['http', 'custom'] as const)('sells and buys through a viem client over %s', async (transport) => {
  if (payee === undefined || payer === undefined) throw new Error('there are no accounts')
  const memory = memoryChain()
  await using node = await serveRpc(memory)
  const client = createClient({ transport: transport === 'http' ? http(node.url) : custom(memory) })
  const chain: Rpc = client

  const pay = payments({ account: payee, chain, secretKey: 's'.repeat(32), realm: 'localhost' })
  const poem = pay.stream({ amount: '0.001', unitType: 'word' }, async function* () {
    yield* ['Two', 'roads', 'diverged']
  })
  await using server = await listen(poem)
  const wallet = session({ account: payer, chain: client, maxDeposit: '1' })
  const words: string[] = []
  for await (const word of wallet.sse(server.url)) words.push(word)
  expect(words).toEqual(['Two', 'roads', 'diverged'])
  expect((await wallet.close())?.spent).toBe(3000n)
  await pay.close()
})

test.each(['http', 'custom'] as const)(
  'what the node refuses over %s is an RpcError, as from the node itself',
  async (transport) => {
    const memory = memoryChain()
    await using node = await serveRpc(memory)
    const client = createClient({
      transport: transport === 'http' ? http(node.url, { retryCount: 0 }) : custom(memory, { retryCount: 0 }),
    })
    const refusal = async (chain: Rpc) => {
      const error = await new ChainClient(chain).submit('0x76c0').catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(RpcError)
      return error as RpcError
    }
    const [told, direct] = [await refusal(client), await refusal(memory)]
    expect({ code: told.code, message: told.message, data: told.data }).toEqual({
      code: direct.code,
      message: direct.message,
      data: direct.data,
    })
  },
)

test('a node that is gone is RpcUnreachable', async () => {
  const node = await serveRpc(memoryChain())
  await node.close()
  const client = createClient({ transport: http(node.url, { retryCount: 0 }) })
  await expect(new ChainClient(client).chainId()).rejects.toThrow(RpcUnreachable)
})
