/** Ethereum's own transactions, signed by viem and taken by the memory chain. */
import {
  createWalletClient,
  defineChain,
  http,
  parseTransaction,
  publicActions,
  type TransactionSerialized,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import * as Ethereum from '../../src/chain/ethereum-transaction.ts'
import { MemoryChain } from '../../src/chain/memory/chain.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { abi as tokenAbi } from '../../src/contracts/token-abi.ts'
import { fastestCurve } from '../../src/keys/native-curve.ts'
import { code } from '../support/codes.ts'
import { payee, payer } from '../support/kit.ts'
import { token } from '../support/samples.ts'

const account = privateKeyToAccount(payer.privateKey)
const request = { chainId: 84_532, nonce: 7, gas: 60_000n, to: token, data: '0x1234', value: 0n } as const
const signed = {
  legacy: () => account.signTransaction({ ...request, type: 'legacy', gasPrice: 9n }),
  eip2930: () => account.signTransaction({ ...request, type: 'eip2930', gasPrice: 9n, accessList: [] }),
  eip1559: () =>
    account.signTransaction({ ...request, type: 'eip1559', maxFeePerGas: 9n, maxPriorityFeePerGas: 1n }),
}

describe('reading', () => {
  test.each(Object.keys(signed) as (keyof typeof signed)[])('%s, as viem signs it', async (kind) => {
    const raw = await signed[kind]()
    const { r, s } = parseTransaction(raw as TransactionSerialized)
    expect(Ethereum.isEthereum(raw)).toBe(true)
    expect(Ethereum.decode(raw)).toMatchObject({
      sender: payer.address,
      chainId: 84_532,
      nonce: 7n,
      nonceKey: 0n,
      gas: 60_000n,
      maxFeePerGas: 9n,
      feePayer: 'sender',
      calls: [{ to: token, value: 0n, data: '0x1234' }],
      signature: { r, s },
    })
  })

  test('what is none is refused', async () => {
    const raw = await signed.eip1559()
    expect(code(() => Ethereum.decode('0x02'))).toBe('bad-length')
    expect(code(() => Ethereum.decode('0x02c0'))).toBe('bad-length')
    expect(code(() => Ethereum.decode('0xc0'))).toBe('bad-length')
    expect(code(() => Ethereum.decode(`${raw.slice(0, -2)}` as `0x${string}`))).toBe('bad-syntax')
    expect(code(() => Ethereum.decode(`${raw}00`))).toBeDefined()
    // Before EIP-155 a signature held for every chain.
    const anyChain = await account.signTransaction({ nonce: 7, gas: 1n, gasPrice: 9n, type: 'legacy' })
    expect(code(() => Ethereum.decode(anyChain))).toBe('bad-value')
  })
})

// A legacy transaction pays the price it names, which viem sets a fifth above the block's.
test.each([
  ['eip1559', 2_000n],
  ['legacy', 2_400n],
] as const)("viem's wallet client sends a transfer (%s)", async (type, fees) => {
  const chain = new MemoryChain({ chainId: 84_532, funded: [payer.address], recoverKey: fastestCurve })
  await using server = await serveRpc(chain)
  const base = defineChain({
    id: 84_532,
    name: 'Base Sepolia',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [server.url] } },
  })
  const wallet = createWalletClient({
    account,
    chain: base,
    transport: http(server.url),
    pollingInterval: 5,
  }).extend(publicActions)
  const data = tokenAbi.encodeCall('transfer', { to: payee.address, amount: 250n })
  for (const nonce of [0, 1]) {
    const hash = await wallet.sendTransaction({ to: token, data, type })
    const receipt = await wallet.waitForTransactionReceipt({ hash })
    expect(receipt).toMatchObject({ status: 'success', type })
    expect(await wallet.getTransaction({ hash })).toMatchObject({
      type,
      nonce,
      input: data,
      from: account.address.toLowerCase(),
    })
  }
  expect(chain.balance(payee.address)).toBe(500n)
  expect(chain.balance(payer.address)).toBe(1_000_000_000_000n - 500n - fees)
  await expect(wallet.sendTransaction({ to: token, value: 1n, type, gas: 60_000n })).rejects.toThrow(
    'no native coin',
  )
})
