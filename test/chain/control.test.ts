/** Driving a memory chain: snapshots, time, waiting transactions, reorgs, in process and as Anvil's clients ask. */
import { createTestClient, http } from 'viem'
import { tempoModerato } from 'viem/tempo/chains'
import { describe, expect, test } from 'vitest'
import type { RpcError } from '../../src/chain/rpc.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { signedOpen, testChain, wall } from '../support/chain.ts'
import { reserveOn } from '../support/contracts.ts'
import { payee, payer } from '../support/kit.ts'
import { token } from '../support/samples.ts'

const deposit = 10_000n
const fee = 1_000n
const start = 1_000_000_000_000n

describe('snapshots', () => {
  test('reverting restores balances, channels, blocks, nonces and time', async () => {
    const { chain, client } = testChain()
    const first = await signedOpen(client)
    const id = chain.snapshot()
    const { head } = chain
    await client.broadcast(first.raw)
    chain.increaseTime(900)
    expect(chain.head.timestamp).toBe(wall + 900)
    expect(chain.revert(id)).toBe(true)
    expect(chain.head).toEqual(head)
    expect(chain.balance(payer.address)).toBe(start)
    expect((await reserveOn(client).slot(first.channelId)).deposit).toBe(0n)
    expect(chain.mine().timestamp).toBe(wall)
    // The same bytes are a new transaction again.
    expect((await client.broadcast(first.raw)).success).toBe(true)
    expect(chain.revert(id)).toBe(false)
  })

  test('reverting uses later ones up, keeps earlier ones and what was written by hand before', () => {
    const { chain } = testChain()
    const first = chain.snapshot()
    chain.fund(payer.address, 1n)
    const second = chain.snapshot()
    chain.fund(payer.address, 2n)
    const third = chain.snapshot()
    chain.mine()
    expect(chain.revert(second)).toBe(true)
    expect(chain.balance(payer.address)).toBe(1n)
    expect(chain.revert(third)).toBe(false)
    expect(chain.revert(first)).toBe(true)
    expect(chain.balance(payer.address)).toBe(start)
  })

  test('keep what they need from being forgotten', async () => {
    const { chain, client } = testChain({ historyBlocks: 4 })
    chain.mine()
    const id = chain.snapshot()
    chain.fund(payer.address, 1_000_000n)
    const { raw } = await signedOpen(client)
    await client.broadcast(raw)
    for (let i = 0; i < 50; i++) chain.mine()
    expect(chain.revert(id)).toBe(true)
    expect(chain.balance(payer.address)).toBe(start)
    for (let i = 0; i < 50; i++) chain.mine()
    expect(chain.block(1)).toBeUndefined()
  })
})

describe('waiting transactions', () => {
  test('are mined in order on release, with nonces counted while they wait', async () => {
    const { chain, client } = testChain()
    chain.hold()
    const open = await signedOpen(client)
    expect(chain.send(open.raw).sender).toBe(payer.address)
    expect(() => chain.send(open.raw)).toThrow('already known')
    await expect(client.receipt(chain.held[0]!.hash)).rejects.toThrow('no receipt')
    const pending = await chain.request({
      method: 'eth_getTransactionByHash',
      params: [chain.held[0]!.hash],
    })
    expect(pending).toMatchObject({ blockHash: null, from: payer.address })
    expect((await reserveOn(client).slot(open.channelId)).deposit).toBe(0n)
    expect(chain.release().map(({ status }) => status)).toEqual(['success'])
    expect((await reserveOn(client).slot(open.channelId)).deposit).toBe(deposit)
    expect(chain.held).toEqual([])
  })

  test('are dropped when they expired meanwhile, or when asked', async () => {
    const { chain, client, clock } = testChain()
    chain.hold()
    const [one, two] = [await signedOpen(client), await signedOpen(client)]
    chain.send(one.raw)
    const dropped = chain.send(two.raw).hash
    expect(chain.drop(dropped)).toBe(true)
    expect(chain.drop(dropped)).toBe(false)
    clock.now += 25_000
    expect(chain.release()).toEqual([])
    expect(chain.balance(payer.address)).toBe(start)
  })

  test('are refused at once when they could not be mined', async () => {
    const { chain, client } = testChain()
    chain.hold()
    chain.fund(payer.address, deposit + fee)
    const open = await signedOpen(client)
    const rival = await signedOpen(client, 1n)
    chain.send(open.raw)
    chain.fund(payer.address, fee)
    // The fee is spoken for by the one that waits.
    expect(() => chain.send(rival.raw)).toThrow('insufficient funds for fee')
  })
})

describe('reorgs', () => {
  test('drop transactions for good, or mine them again in another block', async () => {
    const { chain, client } = testChain()
    const [kept, lost] = [await signedOpen(client), await signedOpen(client)]
    const before = await client.broadcast(kept.raw)
    const other = await client.broadcast(lost.raw)
    const oldHead = chain.head
    const gone = chain.reorg(2, ({ transaction }) => transaction.hash === before.hash)
    expect(gone.map(({ transaction }) => transaction.hash)).toEqual([other.hash])
    expect(chain.head.number).toBe(oldHead.number + 1)
    expect(chain.blockByHash(oldHead.hash)).toBeUndefined()
    expect(chain.block(2)!.parentHash).toBe(chain.block(1)!.hash)
    expect((await client.receipt(before.hash)).success).toBe(true)
    await expect(client.receipt(other.hash)).rejects.toThrow('no receipt')
    expect((await reserveOn(client).slot(lost.channelId)).deposit).toBe(0n)
    expect(chain.balance(payer.address)).toBe(start - deposit - fee)
    // What was lost can be sent again.
    expect((await client.broadcast(lost.raw)).success).toBe(true)
  })

  test('blocks of equal content differ, and no more are replaced than there are', () => {
    const { chain } = testChain()
    const { hash } = chain.mine()
    chain.reorg(1)
    expect(chain.block(1)!.hash).not.toBe(hash)
    expect(() => chain.reorg(9)).toThrow('cannot replace')
    expect(() => chain.reorg(0)).toThrow('cannot replace')
  })
})

describe('time', () => {
  test('goes where it is told, never back, and on from there', () => {
    const { chain, clock } = testChain()
    chain.setNextBlockTime(wall + 100)
    expect(chain.mine().timestamp).toBe(wall + 100)
    clock.now += 7_000
    expect(chain.mine().timestamp).toBe(wall + 107)
    chain.setTime(wall + 500)
    expect(chain.mine().timestamp).toBe(wall + 500)
    expect(() => chain.setTime(wall)).toThrow("before the head's")
    expect(() => chain.increaseTime(-1)).toThrow('forward')
  })
})

describe("Anvil's methods", () => {
  test("viem's test client drives the chain", async () => {
    const { chain, client } = testChain()
    await using server = await serveRpc(chain)
    const viem = createTestClient({ mode: 'anvil', chain: tempoModerato, transport: http(server.url) })
    const id = await viem.snapshot()
    await viem.setAutomine(false)
    expect(await viem.getAutomine()).toBe(false)
    const open = await signedOpen(client)
    chain.send(open.raw)
    await viem.mine({ blocks: 3, interval: 10 })
    expect(chain.head).toMatchObject({ number: 3, timestamp: wall + 20 })
    expect((await reserveOn(client).slot(open.channelId)).deposit).toBe(deposit)
    await viem.setAutomine(true)
    await viem.setNextBlockTimestamp({ timestamp: BigInt(wall + 90) })
    await viem.mine({ blocks: 1 })
    expect(chain.head.timestamp).toBe(wall + 90)
    await viem.increaseTime({ seconds: 900 })
    expect(chain.head.timestamp).toBe(wall + 990)
    await viem.revert({ id })
    expect(chain.head.number).toBe(0)
  })

  test('answer errors for what cannot be done', async () => {
    const { chain } = testChain()
    const ask = (method: string, ...params: unknown[]) =>
      chain.request({ method, params }).catch((error: RpcError) => error.code)
    expect(await ask('evm_increaseTime', 'soon')).toBe(-32602)
    expect(await ask('evm_increaseTime', -1)).toBe(-32602)
    expect(await ask('evm_setNextBlockTimestamp', 1)).toBe(-32602)
    expect(await ask('anvil_mine', 1e9)).toBe(-32602)
    expect(await ask('anvil_reorg', 5)).toBe(-32602)
    expect(await ask('evm_revert', '0x7')).toBe(false)
    expect(await ask('evm_setAutomine', 'no')).toBe(-32602)
    expect(await ask('anvil_dealERC20', payee.address, token, '0x2a')).toBeNull()
    expect(chain.balance(payee.address)).toBe(42n)
    expect(await ask('evm_mine', { blocks: 2 })).toBe('0x2')
    expect(await ask('anvil_reorg', 1)).toBeNull()
  })
})
