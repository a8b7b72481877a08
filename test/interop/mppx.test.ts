/** Unmodified mppx 0.11.0 on our chain: its client pays our server, our client pays its server. Money is read on chain. */
import { describe, expect, test } from 'vitest'
import { ownChain } from '../../conformance/harness/environment.ts'
import { ChainClient } from '../../src/chain/client.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import * as Reserve from '../../src/contracts/reserve.ts'
import { listen } from '../../src/http/listen.ts'
import { session } from '../../src/mpp/client/session.ts'
import { poemServer } from '../../src/mpp/server/example/server.ts'
import { poem, words } from '../../src/mpp/server/example/text.ts'
import { reserveOn } from '../support/contracts.ts'
import { collect, payee, payer, paymentsOn, startKit } from '../support/kit.ts'
import { sdkClient, startTarget } from '../support/sdk.ts'

const price = 1000n * BigInt(words.length)

describe('mppx client', () => {
  test.each([false, true])('pays our server, top-up and close included (fee payer: %s)', async (feePayer) => {
    const environment = await ownChain()
    const pay = paymentsOn(environment.rpc)
    await using server = await listen(poemServer(pay, { feePayer }))
    const chain = environment.memory!
    const before = { payee: chain.balance(payee.address), payer: chain.balance(payer.address) }
    const { data, receipt } = await sdkClient('mppx', `${server.url}/poem`, environment.rpcUrl)
    expect(data.join(' ')).toBe(poem)
    expect(receipt).toMatchObject({ spent: price.toString(), status: 'success' })
    // Open and top-up are the payer's unless sponsored; the close is the payee's.
    const fees = feePayer ? { payee: 3000n, payer: 0n } : { payee: 1000n, payer: 2000n }
    expect(chain.balance(payee.address)).toBe(before.payee + price - fees.payee)
    expect(chain.balance(payer.address)).toBe(before.payer - price - fees.payer)
    await environment.close()
  })

  test('goes on paying after a forced close, with chain time a quarter of an hour ahead', async () => {
    await using kit = await startKit()
    await using node = await serveRpc(kit.chain)
    const chain = new ChainClient(kit.chain)
    const { channelId, data } = await sdkClient('mppx', kit.url, node.url, 'leave')
    expect(data.join(' ')).toBe(poem)
    const reserve = reserveOn(chain)
    const opened = await reserve.openedBy(payer.address)
    const channel = opened.find((one) => one.channelId === channelId)!
    await reserve.send(payer, { type: 'requestClose', channel })
    await expect(reserve.send(payer, { type: 'withdraw', channel })).rejects.toThrow('CloseNotReady')
    kit.chain.increaseTime(Reserve.closeGracePeriodSeconds)
    const { logs } = await reserve.send(payer, { type: 'withdraw', channel })
    expect(reserve.events(logs)).toMatchObject([
      { name: 'ChannelClosed', settledToPayee: 0n, refundedToPayer: 80_000n },
    ])
    const again = await sdkClient('mppx', kit.url, node.url, 'close')
    expect(again.channelId).not.toBe(channelId)
    expect(again).toMatchObject({ receipt: { spent: price.toString(), status: 'success' } })
    expect(kit.chain.balance(Reserve.address)).toBe(0n)
  })
})

describe('mppx server', () => {
  test('is paid by our client, top-up and close included', async () => {
    const environment = await ownChain()
    const chain = environment.memory!
    const before = { payee: chain.balance(payee.address), payer: chain.balance(payer.address) }
    const { url, stop } = await startTarget('mppx', environment.rpcUrl)
    try {
      const kinds: string[] = []
      const paying = session({
        account: payer,
        chain: httpRpc(environment.rpcUrl),
        maxDeposit: '1',
        onEvent: ({ type }) => kinds.push(type),
      })
      expect((await collect(paying.sse(url))).join(' ')).toBe(poem)
      expect(kinds).toContain('topUp')
      expect(await paying.close()).toMatchObject({ spent: price })
      expect(chain.balance(payee.address)).toBe(before.payee + price - 1000n)
      expect(chain.balance(payer.address)).toBe(before.payer - price - 2000n)
    } finally {
      await stop()
      await environment.close()
    }
  })
})
