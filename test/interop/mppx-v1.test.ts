/** Unmodified mppx on v1 channels: the last server line that has them, and today's client. Money is read on chain. */
import { describe, expect, test } from 'vitest'
import { ownChain } from '../../conformance/harness/environment.ts'
import { closeGracePeriodSeconds } from '../../src/contracts/escrow.ts'
import { listen } from '../../src/http/listen.ts'
import { poemServer } from '../../src/mpp/server/example/server.ts'
import { poem, words } from '../../src/mpp/server/example/text.ts'
import { escrowOn } from '../support/contracts.ts'
import { payee, payer, paymentsOn } from '../support/kit.ts'
import { sdkClient, startTarget } from '../support/sdk.ts'

const price = 1000n * BigInt(words.length)
/** Of one call: open and top-up are two, approve and the call itself. */
const fee = 1000n

describe('the v1 client', () => {
  test('pays our server, which pays the fees of open and top-up', async () => {
    const environment = await ownChain()
    const pay = paymentsOn(environment.rpc)
    await using server = await listen(poemServer(pay, { sessionProtocol: 'v1', feePayer: true }))
    const chain = environment.memory!
    const before = { payee: chain.balance(payee.address), payer: chain.balance(payer.address) }
    const bought = await sdkClient('mppx-v1', `${server.url}/poem`, environment.rpcUrl)
    expect(bought.data.join(' ')).toBe(poem)
    expect(bought).toMatchObject({ topUps: 1, receipt: { spent: price.toString(), status: 'success' } })
    const escrow = escrowOn(environment.chain)
    expect(await escrow.closings(bought.channelId)).toMatchObject([{ settledToPayee: price }])
    expect(chain.balance(escrow.address)).toBe(0n)
    expect(chain.balance(payer.address)).toBe(before.payer - price)
    // Five calls: approve and open, approve and top-up, close.
    expect(chain.balance(payee.address)).toBe(before.payee + price - 5n * fee)
    await environment.close()
  })
})

describe('the v1 pair', () => {
  test('opens, streams, tops up and closes; a forced close in between spoils no later transaction', async () => {
    const environment = await ownChain()
    const chain = environment.memory!
    const escrow = escrowOn(environment.chain)
    const { url, stop } = await startTarget('mppx-v1', environment.rpcUrl)
    try {
      const before = { payee: chain.balance(payee.address), payer: chain.balance(payer.address) }
      const left = await sdkClient('mppx-v1', url, environment.rpcUrl, 'leave')
      expect(left.data.join(' ')).toBe(poem)
      const { channelId } = left
      const [channel] = (await escrow.openedBy(payer.address)).filter((one) => one.channelId === channelId)
      if (channel === undefined) throw new Error('no ChannelOpened')
      expect(await escrow.slot(channelId)).toMatchObject({ deposit: 80_000n, finalized: false })
      await escrow.send(payer, { type: 'requestClose', channel })
      await expect(escrow.send(payer, { type: 'withdraw', channel })).rejects.toThrow('CloseNotReady')
      chain.increaseTime(closeGracePeriodSeconds)
      const withdrawn = await escrow.send(payer, { type: 'withdraw', channel })
      expect(escrow.events(withdrawn.logs).map(({ name }) => name)).toEqual([
        'ChannelExpired',
        'ChannelClosed',
      ])
      // The payee closed nothing in time: the whole deposit went back, less the fees of six calls.
      expect(chain.balance(payer.address)).toBe(before.payer - 6n * fee)
      expect(chain.balance(payee.address)).toBe(before.payee)

      // Chain time is a quarter of an hour ahead now; the SDKs stamp their transactions with the wall clock.
      const closed = await sdkClient('mppx-v1', url, environment.rpcUrl, 'close')
      expect(closed.data.join(' ')).toBe(poem)
      expect(closed).toMatchObject({ topUps: 1, receipt: { spent: price.toString(), status: 'success' } })
      expect(closed.channelId).not.toBe(channelId)
      expect(await escrow.closings(closed.channelId)).toMatchObject([
        { settledToPayee: price, refundedToPayer: 80_000n - price },
      ])
      expect(chain.balance(payer.address)).toBe(before.payer - 10n * fee - price)
      expect(chain.balance(payee.address)).toBe(before.payee + price - fee)
      expect(chain.balance(escrow.address)).toBe(0n)
    } finally {
      await stop()
      await environment.close()
    }
  })
})
