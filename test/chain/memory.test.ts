/** The memory chain as its users see it: in process, and over JSON-RPC through viem. */
import fc from 'fast-check'
import { createClient, http, publicActions } from 'viem'
import { tempoModerato } from 'viem/tempo/chains'
import { describe, expect, test } from 'vitest'
import { ChainClient } from '../../src/chain/client.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { MemoryChain } from '../../src/chain/memory/chain.ts'
import { Journal, JournalMap } from '../../src/chain/memory/journal.ts'
import { methodNames } from '../../src/chain/memory/methods.ts'
import { RpcUnreachable } from '../../src/chain/rpc.ts'
import { answerText, serveRpc } from '../../src/chain/rpc-server.ts'
import * as Transaction from '../../src/chain/transaction.ts'
import * as ChannelId from '../../src/contracts/channel-id.ts'
import * as Reserve from '../../src/contracts/reserve.ts'
import { encodeCall } from '../../src/contracts/reserve-abi.ts'
import { abi as tokenAbi } from '../../src/contracts/token-abi.ts'
import * as Voucher from '../../src/contracts/voucher.ts'
import { accountFromKey, devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { reserveOn } from '../support/contracts.ts'
import { address, bytes32, token } from '../support/samples.ts'

const [payee, payer, other] = devAccounts as readonly [KeyAccount, KeyAccount, KeyAccount]
const newChain = (clock = { now: 1_800_000_000_000 }) => {
  const chain = new MemoryChain({ funded: [payee.address, payer.address], clock: () => clock.now })
  return { chain, clock, client: new ChainClient(chain, { clock: () => clock.now }) }
}

/** Hex of any length, calls of the reserve among it. */
const hexText = fc
  .tuple(fc.constantFrom('0x', '0xedc53b00', '0xeef95313', '0x82ad56cb'), fc.uint8Array({ maxLength: 80 }))
  .map(([selector, bytes]) => `${selector}${Buffer.from(bytes).toString('hex')}`)

/** Opens a channel and answers its descriptor and id. */
async function openChannel(client: ChainClient, deposit = 10_000n) {
  const parts = {
    payee: payee.address,
    operator: address('00'),
    token,
    salt: bytes32('aa'),
    authorizedSigner: address('00'),
  }
  const { raw, expiringNonceHash } = await client.sign(
    payer,
    [{ to: Reserve.address, data: encodeCall({ type: 'open', deposit, ...parts }) }],
    { feeToken: token },
  )
  const receipt = await client.broadcast(raw)
  const descriptor = { ...parts, payer: payer.address, expiringNonceHash }
  const domain = { protocol: 'v2' as const, escrow: Reserve.address, chainId: await client.chainId() }
  const channelId = ChannelId.v2(descriptor, domain)
  const sign = (cumulativeAmount: bigint) => Voucher.sign({ channelId, cumulativeAmount }, domain, payer)
  return { raw, receipt, descriptor, channelId, channel: { channelId, descriptor }, sign }
}

test('the addresses of the development accounts are those of their keys', () => {
  for (const { address, privateKey } of devAccounts) expect(accountFromKey(privateKey).address).toBe(address)
})

describe('memory chain', () => {
  test('a call and its block have one time, however fast the clock runs', async () => {
    let now = 1_800_000_000_000
    const clock = () => {
      now += 700
      return now
    }
    const chain = new MemoryChain({ funded: [payer.address], clock })
    const client = new ChainClient(chain, { clock: () => now })
    const reserve = reserveOn(client)
    const { channel } = await openChannel(client)
    const { logs, blockNumber } = await reserve.send(payer, { type: 'requestClose', channel })
    const end = BigInt((chain.block(blockNumber)?.timestamp ?? 0) + Reserve.closeGracePeriodSeconds)
    expect(reserve.events(logs)).toMatchObject([{ name: 'CloseRequested', closeGraceEnd: end }])
  })

  test('a channel from open to close: balances, events, fees', async () => {
    const { chain, client } = newChain()
    const supply = chain.state.supply(token)
    const reserve = reserveOn(client)
    const { receipt, channel, channelId, sign } = await openChannel(client)
    expect(receipt.success).toBe(true)
    const opened = reserve.events(receipt.logs)
    expect(opened).toMatchObject([{ name: 'ChannelOpened', channelId, deposit: 10_000n }])
    expect(await reserve.slot(channelId)).toEqual({ settled: 0n, deposit: 10_000n, closeRequestedAt: 0 })
    expect(chain.balance(Reserve.address)).toBe(10_000n)

    await reserve.send(payer, { type: 'topUp', channel, additionalDeposit: 5_000n })
    await reserve.send(payee, {
      type: 'settle',
      channel,
      cumulativeAmount: 3_000n,
      signature: await sign(3_000n),
    })
    const closed = await reserve.send(payee, {
      type: 'close',
      channel,
      cumulativeAmount: 9_000n,
      captureAmount: 7_000n,
      signature: await sign(9_000n),
    })
    expect(reserve.events(closed.logs)).toMatchObject([
      { name: 'ChannelClosed', settledToPayee: 7_000n, refundedToPayer: 8_000n },
    ])
    expect(await reserve.closings(channelId)).toEqual(reserve.events(closed.logs))
    expect(await reserve.slot(channelId)).toEqual({ settled: 0n, deposit: 0n, closeRequestedAt: 0 })
    const fees = 2n * (await client.fee(closed.hash))
    expect(chain.balance(payer.address)).toBe(1_000_000_000_000n - 7_000n - fees)
    expect(chain.balance(payee.address)).toBe(1_000_000_000_000n + 7_000n - fees)
    expect(chain.balance(Reserve.address)).toBe(0n)
    expect(chain.state.supply(token)).toBe(supply)
  })

  test('a forced close after the grace period, while new transactions stay valid', async () => {
    const { chain, client } = newChain()
    const reserve = reserveOn(client)
    const { channel, channelId } = await openChannel(client)
    await reserve.send(payer, { type: 'requestClose', channel })
    await expect(reserve.send(payer, { type: 'withdraw', channel })).rejects.toThrow('CloseNotReady')
    chain.increaseTime(900)
    const { logs } = await reserve.send(payer, { type: 'withdraw', channel })
    expect(reserve.events(logs)).toMatchObject([{ name: 'ChannelClosed', refundedToPayer: 10_000n }])
    expect((await reserve.slot(channelId)).deposit).toBe(0n)
    await openChannel(client)
  })

  test('a revert costs the fee and changes nothing else', async () => {
    const { chain, client } = newChain()
    const { descriptor } = await openChannel(client)
    const raw = await rawCall(client, other, encodeCall({ type: 'requestClose', descriptor }), chain)
    const before = chain.balance(Reserve.address)
    const mined = chain.submit(raw)
    expect(mined).toMatchObject({ status: 'reverted', reason: 'NotPayer', logs: [] })
    expect(chain.balance(Reserve.address)).toBe(before)
    expect(chain.balance(other.address)).toBe(1_000_000n - mined.fee)
  })

  /** Signs a call that would not survive estimation. */
  async function rawCall(client: ChainClient, from: KeyAccount, data: `0x${string}`, chain: MemoryChain) {
    chain.fund(from.address, 1_000_000n)
    const request = {
      chainId: await client.chainId(),
      calls: [{ to: Reserve.address, data }],
      gas: 50_000n,
      maxFeePerGas: chain.baseFeePerGas,
      nonceKey: Transaction.expiringNonceKey,
      validBefore: 1_800_000_020,
    }
    return (await Transaction.sign(request, from)).raw
  }

  test('a transaction pays the tip it offers, up to what it allows, and for what it carries', async () => {
    const { chain, client } = newChain()
    const base = chain.baseFeePerGas
    const call = { to: token, data: tokenAbi.encodeCall('transfer', { to: other.address, amount: 1n }) }
    const costs = async (change: Partial<Transaction.TransactionRequest>) => {
      const { raw } = await client.sign(payer, [call], { gas: 1_000_000n, change })
      const before = chain.balance(payer.address)
      const { fee, hash } = await client.broadcast(raw)
      expect(await client.fee(hash)).toBe(fee)
      expect(before - chain.balance(payer.address)).toBe((fee as bigint) + 1n)
      return fee
    }
    expect(await costs({})).toBe(1_000n)
    expect(await costs({ maxPriorityFeePerGas: base, maxFeePerGas: 3n * base })).toBe(2_000n)
    expect(await costs({ maxPriorityFeePerGas: 3n * base, maxFeePerGas: 3n * base })).toBe(3_000n)
    const accessList = [{ address: token, storageKeys: [`0x${'01'.repeat(32)}`] as const }]
    expect(await costs({ accessList })).toBe(1_086n)
    const padded = { ...call, data: `${call.data}${'ff'.repeat(2_048)}` as const }
    expect(await costs({ calls: [padded] })).toBeGreaterThan(1_300n)
  })

  test('what a node would not take, it refuses with a reason', async () => {
    const { chain, client, clock } = newChain()
    const { raw } = await openChannel(client)
    expect(() => chain.submit(raw)).toThrow('already known')
    const base: Transaction.TransactionRequest = {
      chainId: 42431,
      calls: [{ to: token, data: '0x' }],
      gas: 50_000n,
      maxFeePerGas: chain.baseFeePerGas,
      nonceKey: Transaction.expiringNonceKey,
      validBefore: 1_800_000_020,
    }
    const refused = async (change: Partial<Transaction.TransactionRequest>, from = payer) => {
      const signed = await Transaction.sign({ ...base, ...change }, from)
      try {
        chain.submit(signed.raw)
        return undefined
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(await refused({ chainId: 1 })).toContain('invalid chain id')
    expect(await refused({ gas: 1n })).toContain('gas limit')
    expect(await refused({ maxFeePerGas: 1n })).toContain('base fee')
    expect(await refused({ maxPriorityFeePerGas: base.maxFeePerGas + 1n })).toContain('priority fee')
    expect(await refused({ validBefore: 1_800_000_000 })).toContain('expired')
    expect(await refused({ validBefore: 1_800_000_100 })).toContain('at most')
    expect(await refused({ validAfter: 1_800_000_001 })).toContain('not yet valid')
    expect(await refused({ nonceKey: 0n, nonce: 1n })).toContain('too high')
    expect(await refused({ sponsored: true })).toContain('fee payer')
    expect(await refused({}, other)).toContain('insufficient funds')
    const head = chain.head.number
    expect(await refused({ nonceKey: 0n, nonce: 0n })).toBeUndefined()
    expect(await refused({ nonceKey: 0n, nonce: 0n, gas: 60_000n })).toContain('too low')
    expect(chain.head.number).toBe(head + 1)
    clock.now += 25_000
    expect(await refused({})).toContain('expired')
  })

  test('two equal top-ups signed at once are two top-ups', async () => {
    const { client } = newChain()
    const reserve = reserveOn(client)
    const { channel, channelId } = await openChannel(client)
    const call = { type: 'topUp', channel, additionalDeposit: 5n } as const
    await reserve.send(payer, call)
    await reserve.send(payer, call)
    expect((await reserve.slot(channelId)).deposit).toBe(10_010n)
  })

  test('reads the past, and keeps the present', async () => {
    const { chain, client } = newChain()
    const reserve = reserveOn(client)
    const { channel, channelId, receipt } = await openChannel(client)
    await reserve.send(payer, { type: 'topUp', channel, additionalDeposit: 5n })
    expect((await reserve.slot(channelId, receipt.blockNumber)).deposit).toBe(10_000n)
    expect((await reserve.slot(channelId, receipt.blockNumber - 1)).deposit).toBe(0n)
    expect((await reserve.slot(channelId)).deposit).toBe(10_005n)
    await expect(reserve.slot(channelId, 99)).rejects.toThrow('header not found')
    expect(chain.head.number).toBe(2)
  })

  test('old blocks are forgotten, the state is not', async () => {
    const chain = new MemoryChain({ funded: [payer.address], historyBlocks: 4 })
    chain.state.setPolicy(token, payer.address, 'send', false)
    for (let i = 0; i < 20; i++) chain.mine()
    expect(chain.block(0)).toBeUndefined()
    expect(chain.block(chain.head.number)?.number).toBe(20)
    expect(chain.state.mayTransfer(token, payer.address, 'send')).toBe(false)
  })

  test('a transfer policy stops the logical path from payer to payee', async () => {
    const { chain, client } = newChain()
    const reserve = reserveOn(client)
    const { channel, sign } = await openChannel(client)
    chain.state.setPolicy(token, payer.address, 'send', false)
    await expect(
      reserve.send(payee, { type: 'settle', channel, cumulativeAmount: 1n, signature: await sign(1n) }),
    ).rejects.toThrow('PolicyForbids')
    chain.state.setPolicy(token, payer.address, 'send', true)
    chain.state.setPolicy(token, payee.address, 'receive', false)
    await expect(reserve.send(payer, { type: 'topUp', channel, additionalDeposit: 1n })).rejects.toThrow(
      'PolicyForbids',
    )
  })

  test('the policy of who holds the tokens meanwhile is not asked, and refunds are exempt', async () => {
    const { chain, client } = newChain()
    const reserve = reserveOn(client)
    for (const role of ['send', 'receive'] as const)
      chain.state.setPolicy(token, Reserve.address, role, false)
    const { channel, sign } = await openChannel(client)
    await reserve.send(payer, { type: 'topUp', channel, additionalDeposit: 1n })
    await reserve.send(payee, {
      type: 'settle',
      channel,
      cumulativeAmount: 1n,
      signature: await sign(1n),
    })
    for (const role of ['send', 'receive'] as const) chain.state.setPolicy(token, payer.address, role, false)
    // What pays the payee is stopped, what refunds the payer is not.
    const close = (captureAmount: bigint) => async () =>
      reserve.send(payee, {
        type: 'close',
        channel,
        cumulativeAmount: 2n,
        captureAmount,
        signature: await sign(2n),
      })
    await expect(close(2n)()).rejects.toThrow('PolicyForbids')
    const before = chain.balance(payer.address)
    await close(1n)()
    expect(chain.balance(payer.address)).toBe(before + 10_000n)
  })
})

describe('journal', () => {
  test('goes back, forth, and no further than it remembers', () => {
    const journal = new Journal()
    const map = new JournalMap<number>(journal)
    map.set('a', 1)
    const mark = journal.mark()
    map.set('a', 2)
    map.set('a', 3)
    map.set('b', 1)
    expect(
      journal.at(mark, () => {
        map.set('c', 9)
        return [map.get('a'), map.get('b'), map.get('c')]
      }),
    ).toEqual([1, undefined, 9])
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, 1, undefined])
    journal.rollback(mark)
    expect([map.get('a'), map.size]).toEqual([1, 1])
    journal.trim(mark)
    expect(() => journal.rollback(0)).toThrow(RangeError)
  })
})

describe('JSON-RPC', () => {
  test('viem reads and calls it', async () => {
    const { chain, client } = newChain()
    const { receipt, channelId } = await openChannel(client)
    await using server = await serveRpc(chain)
    const viem = createClient({ chain: tempoModerato, transport: http(server.url) }).extend(publicActions)
    expect(await viem.getChainId()).toBe(42431)
    expect(await viem.getBlockNumber()).toBe(1n)
    expect((await viem.getBlock({ includeTransactions: true })).transactions).toHaveLength(1)
    const theirs = await viem.getTransactionReceipt({ hash: receipt.hash })
    expect(theirs).toMatchObject({ status: 'success', blockNumber: 1n })
    expect(theirs.logs).toHaveLength(2)
    expect((await viem.getTransaction({ hash: receipt.hash })).hash).toBe(receipt.hash)
    expect(await viem.getLogs({ address: Reserve.address, fromBlock: 0n })).toHaveLength(1)
    expect(await viem.getCode({ address: Reserve.address })).toBe('0xef')
    await expect(viem.getCode({ address: Reserve.address, blockNumber: 1_000_000n })).rejects.toThrow(
      'header not found',
    )
    expect(
      await viem.call({ to: token, data: tokenAbi.encodeCall('balanceOf', { account: Reserve.address }) }),
    ).toMatchObject({ data: `0x${(10_000).toString(16).padStart(64, '0')}` })
    const over = new ChainClient(httpRpc(server.url))
    expect((await reserveOn(over).slot(channelId)).deposit).toBe(10_000n)
    expect(await over.chainId()).toBe(42431)
  })

  const ask = async (body: string) =>
    JSON.parse((await answerText(newChain().chain, body)) as string) as {
      error?: { code: number }
      result?: unknown
    }
  test.each([
    ['not json', -32700],
    ['[]', -32600],
    ['3', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}', -32600],
    ['{"id":1,"method":"eth_chainId"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":"0x"}', -32600],
    ['{"jsonrpc":"2.0","id":true,"method":"eth_chainId"}', -32600],
    ['{"jsonrpc":"2.0","method":5}', -32600],
    ['{"jsonrpc":"2.0","id":1}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_frobnicate"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"toString"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_call","params":{}}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x1"}]}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[null]}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0xzz"]}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x76"]}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":[]}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"topics":"x"}]}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"topics":["0x1"]}]}', -32602],
    [
      `{"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"blockHash":"0x${'11'.repeat(32)}"}]}`,
      -32602,
    ],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_fillTransaction","params":[{}]}', -32601],
  ])('%s', async (body, expected) => {
    expect((await ask(body)).error?.code).toBe(expected)
  })
  test.each<[string, string | undefined]>([
    ['{"jsonrpc":"2.0","method":"eth_chainId"}', undefined],
    ['{"jsonrpc":"2.0","method":"eth_frobnicate"}', undefined],
    ['[{"jsonrpc":"2.0","method":"eth_chainId"},{"jsonrpc":"2.0","method":"eth_chainId"}]', undefined],
    [
      '[{"jsonrpc":"2.0","method":"eth_chainId"},{"jsonrpc":"2.0","id":2,"method":"net_version"}]',
      '[{"jsonrpc":"2.0","id":2,"result":"42431"}]',
    ],
    ['{"jsonrpc":"2.0","id":null,"method":"net_version"}', '{"jsonrpc":"2.0","id":null,"result":"42431"}'],
    ['{"jsonrpc":"2.0","id":"1","method":"net_version"}', '{"jsonrpc":"2.0","id":"1","result":"42431"}'],
    [
      '[{"jsonrpc":"2.0","id":9007199254740993,"method":"net_version"},{"jsonrpc":"2.0","id":1.50,"method":"net_version"}]',
      '[{"jsonrpc":"2.0","id":9007199254740993,"result":"42431"},{"jsonrpc":"2.0","id":1.50,"result":"42431"}]',
    ],
  ])('notifications are not answered, and ids come back as they are written: %s', async (body, expected) => {
    expect(await answerText(newChain().chain, body)).toBe(expected)
  })
  test('a notification is carried out', async () => {
    const { chain } = newChain()
    await using server = await serveRpc(chain)
    const head = chain.head.number
    const response = await fetch(server.url, {
      method: 'POST',
      body: '{"jsonrpc":"2.0","method":"evm_mine"}',
    })
    expect([response.status, await response.text()]).toEqual([204, ''])
    expect(chain.head.number).toBe(head + 1)
  })
  test('a revert carries its bytes, a batch its answers', async () => {
    const call = {
      to: Reserve.address,
      data: encodeCall({
        type: 'requestClose',
        descriptor: {
          payer: payer.address,
          payee: payee.address,
          operator: address('00'),
          token,
          salt: bytes32('aa'),
          authorizedSigner: address('00'),
          expiringNonceHash: bytes32('bb'),
        },
      }),
    }
    const revert = await ask(
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params: [call, 'latest'] }),
    )
    expect(revert.error).toMatchObject({ code: 3, data: '0x1e07dd94' })
    const batch = (await ask(
      '[{"jsonrpc":"2.0","id":1,"method":"eth_chainId"},{"jsonrpc":"2.0","id":2,"method":"net_version"}]',
    )) as unknown as { result: string }[]
    expect(batch.map(({ result }) => result)).toEqual(['0xa5bf', '42431'])
    expect(
      (
        await ask(
          `{"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["0x${'11'.repeat(32)}"]}`,
        )
      ).result,
    ).toBeNull()
  })
  test('no request crashes it, whatever the parameters', async () => {
    const { chain, client } = newChain()
    const { channelId } = await openChannel(client)
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom('latest', 'earliest', '0x0', '0x1', '0xfff', payer.address, token, channelId),
      fc.record({ from: fc.constant(payer.address), to: fc.constant(Reserve.address), data: hexText }),
      fc.record({ fromBlock: fc.jsonValue(), address: fc.jsonValue(), topics: fc.jsonValue() }),
    )
    const request = fc.record({
      jsonrpc: fc.constant('2.0'),
      id: fc.oneof(fc.integer(), fc.jsonValue()),
      method: fc.oneof(fc.constantFrom(...methodNames), fc.string()),
      params: fc.oneof(fc.array(value, { maxLength: 3 }), fc.jsonValue()),
    })
    await fc.assert(
      fc.asyncProperty(fc.oneof(request, fc.array(request, { maxLength: 4 })), async (body) => {
        const answers = [JSON.parse((await answerText(chain, JSON.stringify(body))) ?? '[]')].flat() as {
          error?: { code: number; message: string }
        }[]
        // -32603 would be a bug of ours.
        for (const { error } of answers)
          expect([-32600, -32601, -32602, -32000, 3, 4]).toContain(error?.code ?? 3)
      }),
      { numRuns: 2_000 },
    )
  })
  test('a URL that is no node says so', async () => {
    await expect(httpRpc('http://127.0.0.1:1').request({ method: 'eth_chainId' })).rejects.toThrow(
      RpcUnreachable,
    )
  })
  test('keys', () => {
    expect(devAccounts.map(({ address: account }) => account)[0]).toBe(
      '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
    )
    expect(() => accountFromKey(bytes32('00'))).toThrow(RangeError)
    expect(() => accountFromKey('0x12')).toThrow('32 bytes')
  })
})
