/** The lifecycle on Anvil and on a fork of it: serve, pay, test server, unmodified mppx, forced close. */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { foreignChain } from '../../conformance/harness/environment.ts'
import type { ChainClient } from '../../src/chain/client.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { RpcUnreachable } from '../../src/chain/rpc.ts'
import { expiringNonceKey, sign } from '../../src/chain/transaction.ts'
import * as Hex from '../../src/codec/hex.ts'
import * as Reserve from '../../src/contracts/reserve.ts'
import { pathUsd } from '../../src/contracts/token.ts'
import { abi as tokenAbi } from '../../src/contracts/token-abi.ts'
import * as Voucher from '../../src/contracts/voucher.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { session } from '../../src/mpp/client/session.ts'
import { poem, words } from '../../src/mpp/server/example/text.ts'
import { anvilNode, missing } from '../support/anvil.ts'
import { builtMain } from '../support/built.ts'
import { cli, cliIn, start } from '../support/cli.ts'
import { escrowOn, reserveOn } from '../support/contracts.ts'
import { collect, payee, payer } from '../support/kit.ts'
import { sdkClient, startTarget } from '../support/sdk.ts'

type Node = Awaited<ReturnType<typeof anvilNode>>
const stranger = devAccounts[3] as KeyAccount
const price = 1000n * BigInt(words.length)

const openCall = (salt: string) =>
  ({
    type: 'open',
    payee: payee.address,
    operator: Hex.zeroAddress,
    token: pathUsd,
    deposit: 500n,
    salt: `0x${salt.repeat(32)}`,
    authorizedSigner: Hex.zeroAddress,
  }) as const

/** Opens a channel and answers its descriptor and id. */
async function open(chain: ChainClient, salt: string) {
  const reserve = reserveOn(chain)
  const call = openCall(salt)
  await reserve.send(payer, call)
  const opened = await reserve.openedBy(payer.address)
  const channel = opened.find(({ descriptor }) => descriptor.salt === call.salt)
  if (channel === undefined) throw new Error('no ChannelOpened')
  return channel
}

/** Our client at a server that is not ours, over an RPC that is not in this process. */
async function payOurselves(url: string, rpcUrl: string): Promise<void> {
  const { rpc } = await foreignChain(rpcUrl)
  const kinds: string[] = []
  const onEvent = ({ type }: { type: string }) => kinds.push(type)
  const paying = session({ account: payer, chain: rpc, maxDeposit: '1', onEvent })
  expect((await collect(paying.sse(url))).join(' ')).toBe(poem)
  expect(kinds).toContain('topUp')
  expect(await paying.close()).toMatchObject({ spent: price })
}

describe.skipIf(missing !== undefined)('Anvil', () => {
  let origin: Node
  let fork: Node
  let before: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    origin = await anvilNode()
    before = await open(origin.chain, 'b1')
    fork = await anvilNode({ forkUrl: origin.url })
  })
  afterAll(async () => {
    await fork?.close()
    await origin?.close()
  })

  describe.each<[string, () => Node]>([
    ['Anvil', () => origin],
    ['a fork', () => fork],
  ])('on %s', (where, at) => {
    test('serve, pay with top-up and close, test server', async () => {
      const { url: rpcUrl } = at()
      await using server = await start(/try:/, 'serve', '--port', '0', '--rpc-url', rpcUrl)
      const url = /poem.*?(http:\/\/\S+)/.exec(server.output())?.[1] as string
      const { code, stdout } = await cli('pay', url, '--rpc-url', rpcUrl, '--max-deposit', '0.5')
      expect(stdout).toContain('top up   +0.040')
      expect(stdout).toMatch(/close {4}paid 0\.058 for 58 words · refunded 0\.022 · tx 0x/)
      expect(code).toBe(0)
      const judged = await cli('test', 'server', url, '--rpc-url', rpcUrl, '--only', 'challenge.402,close')
      expect(judged.stdout).toMatch(/19 passed, 0 failed/)
      expect(judged.code).toBe(0)
    })

    test.each(['mppx', 'mppx-v1'] as const)('the unmodified %s server and client', async (name) => {
      const { url: rpcUrl, chain } = at()
      const { url, stop } = await startTarget(name, rpcUrl)
      try {
        const held = await chain.balance(pathUsd, payer.address)
        const { data, receipt } = await sdkClient(name, url, rpcUrl)
        expect(data.join(' ')).toBe(poem)
        expect(receipt).toMatchObject({ status: 'success' })
        const spent = held - (await chain.balance(pathUsd, payer.address))
        // The poem, and fees of open and top-up: at most a tenth of a token.
        expect(spent).toBeGreaterThan(price)
        expect(spent).toBeLessThan(price + 100_000n)
        if (name === 'mppx' && where === 'Anvil') await payOurselves(url, rpcUrl)
      } finally {
        await stop()
      }
    })

    test('forced close: 900 s pass for the contract, and new transactions stay valid', async () => {
      const { chain, rpc } = at()
      const reserve = reserveOn(chain)
      const channel = await open(chain, 'fc')
      await reserve.send(payer, { type: 'requestClose', channel })
      await rpc.request({ method: 'evm_increaseTime', params: [890] })
      await expect(reserve.send(payer, { type: 'withdraw', channel })).rejects.toMatchObject({ code: 3 })
      await rpc.request({ method: 'evm_increaseTime', params: [10] })
      const { logs } = await reserve.send(payer, { type: 'withdraw', channel })
      expect(reserve.events(logs)).toMatchObject([
        { name: 'ChannelClosed', settledToPayee: 0n, refundedToPayer: 500n },
      ])
      expect(await reserve.slot(channel.channelId)).toMatchObject({ deposit: 0n })
    })

    test('a v1 channel from open to close', async () => {
      const escrow = escrowOn(at().chain)
      const parts = {
        payee: payee.address,
        operator: Hex.zeroAddress,
        token: pathUsd,
        salt: openCall('e1').salt,
        authorizedSigner: Hex.zeroAddress,
      }
      await escrow.send(payer, { type: 'open', deposit: 900n, ...parts })
      const domain = escrow.domain(42_431)
      const descriptor = { ...parts, payer: payer.address, expiringNonceHash: Hex.zeroBytes32 }
      const channelId = escrow.idOf(descriptor, 42_431)
      const channel = { channelId, descriptor }
      await escrow.send(payer, { type: 'topUp', channel, additionalDeposit: 100n })
      const signature = await Voucher.sign({ channelId, cumulativeAmount: 700n }, domain, payer)
      const amounts = { cumulativeAmount: 700n, captureAmount: 700n }
      const closed = await escrow.send(payee, { type: 'close', channel, ...amounts, signature })
      expect(escrow.events(closed.logs)).toMatchObject([
        { name: 'ChannelClosed', settledToPayee: 700n, refundedToPayer: 300n },
      ])
    })
  })

  test('a channel opened before the fork is settled on it, and stays as it was at the origin', async () => {
    const { channelId } = before
    const domain = { protocol: 'v2', escrow: Reserve.address, chainId: 42_431 } as const
    const signature = await Voucher.sign({ channelId, cumulativeAmount: 200n }, domain, payer)
    const settling = { type: 'settle', channel: before, cumulativeAmount: 200n, signature } as const
    await reserveOn(fork.chain).send(payee, settling)
    expect(await reserveOn(fork.chain).slot(channelId)).toMatchObject({ settled: 200n, deposit: 500n })
    expect(await reserveOn(origin.chain).slot(channelId)).toMatchObject({ settled: 0n, deposit: 500n })
  })

  test('what Anvil would take and never mine, or mine twice, is refused', async () => {
    const { chain, rpc } = origin
    const call = { to: pathUsd, data: tokenAbi.encodeCall('approve', { spender: payee.address, amount: 1n }) }
    const { raw } = await chain.sign(stranger, [call])
    const now = Math.floor(Date.now() / 1000)
    const request = {
      chainId: 42_431,
      calls: [call],
      gas: 1_000_000n,
      maxFeePerGas: 40_000_000_000n,
      nonceKey: expiringNonceKey,
      validBefore: now + 3600,
    }
    const late = await sign(request, stranger)
    const send = (bytes: string) => rpc.request({ method: 'eth_sendRawTransaction', params: [bytes] })
    await expect(send(late.raw)).rejects.toThrow(/validBefore at most 30 s/)
    await send(raw)
    await expect(send(raw)).rejects.toThrow(/already known/)
    await expect(send('0x76ff')).rejects.toThrow(/failed to decode/)
    await expect(rpc.request({ method: 'eth_fillTransaction', params: [{}] })).rejects.toMatchObject({
      code: -32_601,
    })
  })

  test('Anvil ends when its parent is killed', async () => {
    const module = join(dirname(await builtMain()), '../../src/chain/anvil/chain.js')
    const script = `import { startAnvil } from '${module}'; console.log((await startAnvil()).anvilUrl)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const url = await new Promise<string>((resolve) =>
      parent.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())),
    )
    const asked = () => httpRpc(url).request({ method: 'eth_chainId' })
    expect(await asked()).toBe('0xa5bf')
    parent.kill('SIGKILL')
    const isGone = () =>
      asked().then(
        () => false,
        (error: unknown) => error instanceof RpcUnreachable,
      )
    await expect.poll(isGone, { timeout: 30_000 }).toBe(true)
  })
})

test('without a binary: one line, exit 2', async () => {
  const env = { ANVIL_BIN: '/nowhere/anvil' }
  const { code, stderr } = await cliIn({ env }, 'chain', '--anvil', '--port', '0')
  expect(stderr).toBe('error: no Anvil at /nowhere/anvil (ANVIL_BIN)\n')
  expect(code).toBe(2)
})
