/** v1 channels on the memory chain, through the client a server or a payer of ours would use. */
import { describe, expect, test } from 'vitest'
import { storedChannel } from '../../src/chain/channel-contract/escrow.ts'
import { ChainClient } from '../../src/chain/client.ts'
import { MemoryChain } from '../../src/chain/memory/chain.ts'
import * as ChannelId from '../../src/contracts/channel-id.ts'
import * as Escrow from '../../src/contracts/escrow.ts'
import { abi } from '../../src/contracts/escrow-abi.ts'
import { abi as tokenAbi } from '../../src/contracts/token-abi.ts'
import * as Voucher from '../../src/contracts/voucher.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import * as Signature from '../../src/keys/signature.ts'
import { escrowOn } from '../support/contracts.ts'
import { address, bytes32, token } from '../support/samples.ts'

const [payee, payer] = devAccounts as readonly [KeyAccount, KeyAccount]
const parts = {
  payee: payee.address,
  operator: address('00'),
  token,
  salt: bytes32('aa'),
  authorizedSigner: address('00'),
}
const start = 1_000_000_000_000n
const fee = 1_000n

async function opened(deposit = 10_000n) {
  const chain = new MemoryChain({ funded: [payee.address, payer.address] })
  const escrow = escrowOn(new ChainClient(chain))
  const receipt = await escrow.send(payer, { type: 'open', deposit, ...parts })
  const domain = escrow.domain(chain.chainId)
  const descriptor = { ...parts, payer: payer.address, expiringNonceHash: bytes32('00') }
  const channelId = escrow.idOf(descriptor, chain.chainId)
  const channel = { channelId, descriptor }
  const sign = (cumulativeAmount: bigint) => Voucher.sign({ channelId, cumulativeAmount }, domain, payer)
  return { chain, escrow, receipt, channel, channelId, domain, sign }
}

describe('a v1 channel', () => {
  test('from approve and open to close: balances, events, fees, nothing left over', async () => {
    const { chain, escrow, receipt, channel, channelId, sign } = await opened()
    const stored = (block?: number) => storedChannel(escrow.chain, escrow.address, channelId, block)
    const supply = chain.state.supply(token)
    expect(escrow.events(receipt.logs)).toMatchObject([
      { name: 'ChannelOpened', channelId, deposit: 10_000n },
    ])
    expect(receipt.success).toBe(true)
    expect(await stored()).toMatchObject({
      payer: payer.address,
      deposit: 10_000n,
      settled: 0n,
      closeRequestedAt: 0,
      finalized: false,
    })
    expect(await stored(receipt.blockNumber - 1)).toBeUndefined()
    await escrow.send(payer, { type: 'topUp', channel, additionalDeposit: 5_000n })
    const settled = { type: 'settle', channel, cumulativeAmount: 3_000n } as const
    await escrow.send(payee, { ...settled, signature: await sign(3_000n) })
    const closing = { type: 'close', channel, cumulativeAmount: 7_000n, captureAmount: 7_000n } as const
    const closed = await escrow.send(payee, { ...closing, signature: await sign(7_000n) })
    expect(escrow.events(closed.logs)).toMatchObject([
      { name: 'ChannelClosed', settledToPayee: 7_000n, refundedToPayer: 8_000n },
    ])
    expect(await escrow.closings(channelId)).toEqual(escrow.events(closed.logs))
    expect(await stored()).toMatchObject({ finalized: true, settled: 7_000n })
    // Open and top-up are two calls each.
    expect(chain.balance(payer.address)).toBe(start - 7_000n - 4n * fee)
    expect(chain.balance(payee.address)).toBe(start + 7_000n - 2n * fee)
    expect(chain.balance(escrow.address)).toBe(0n)
    expect(chain.state.allowance(token, payer.address, escrow.address)).toBe(0n)
    expect(chain.state.supply(token)).toBe(supply)
  })

  test('a forced close after the grace period', async () => {
    const { chain, escrow, channel } = await opened()
    await escrow.send(payer, { type: 'requestClose', channel })
    await expect(escrow.send(payer, { type: 'withdraw', channel })).rejects.toThrow('CloseNotReady')
    chain.increaseTime(await escrow.closeGraceSeconds())
    const { logs } = await escrow.send(payer, { type: 'withdraw', channel })
    expect(escrow.events(logs).map(({ name }) => name)).toEqual(['ChannelExpired', 'ChannelClosed'])
    await expect(escrow.send(payer, { type: 'open', deposit: 1n, ...parts })).rejects.toThrow(
      'ChannelAlreadyExists',
    )
  })

  test('without an allowance nothing is pulled; with too small a one neither', async () => {
    const { chain, escrow } = await opened()
    const call = { type: 'open', deposit: 10n, ...parts, salt: bytes32('ab') } as const
    const [approve, open] = escrow.calls(call)
    await expect(escrow.chain.sign(payer, [open!])).rejects.toThrow('InsufficientAllowance')
    const less = tokenAbi.encodeCall('approve', { spender: escrow.address, amount: 9n })
    await expect(escrow.chain.sign(payer, [{ ...approve!, data: less }, open!])).rejects.toThrow(
      'InsufficientAllowance',
    )
    expect(chain.balance(escrow.address)).toBe(10_000n)
  })

  test('compact signatures are taken, malleated ones and v 0 are not (ESC-SIG-001, K5)', async () => {
    const { escrow, channel, sign } = await opened()
    const signature = Signature.decode(await sign(10n))
    const settle = (bytes: `0x${string}`) =>
      escrow.send(payee, { type: 'settle', channel, cumulativeAmount: 10n, signature: bytes })
    await expect(settle(Signature.encode(Signature.malleated(signature)))).rejects.toThrow('InvalidSignature')
    await expect(settle('0x')).rejects.toThrow('InvalidSignature')
    const zeroBased = `${Signature.encode(signature).slice(0, 130)}0${signature.yParity}` as const
    await expect(settle(zeroBased as `0x${string}`)).rejects.toThrow('InvalidSignature')
    expect((await settle(Signature.encodeCompact(signature))).success).toBe(true)
  })

  test('a voucher is worth nothing at another escrow (ESC-SIG-003)', async () => {
    const { chain, escrow, channel, domain } = await opened()
    const other = escrowOn(escrow.chain, Escrow.draftAddress)
    await other.send(payer, { type: 'open', deposit: 500n, ...parts })
    const channelId = ChannelId.v1(
      { ...parts, payer: payer.address },
      { ...domain, escrow: Escrow.draftAddress },
    )
    const signature = await Voucher.sign({ channelId, cumulativeAmount: 5n }, domain, payer)
    const named = { channelId, descriptor: channel.descriptor }
    const call = { type: 'settle', channel: named, cumulativeAmount: 5n, signature } as const
    await expect(other.send(payee, call)).rejects.toThrow('InvalidSignature')
    await expect(escrow.send(payee, call)).rejects.toThrow('ChannelNotFound')
    expect(chain.balance(Escrow.draftAddress)).toBe(500n)
  })

  test('views', async () => {
    const { chain, escrow, channelId, domain } = await opened()
    const ask = async (name: string, args = {}) =>
      abi.decodeResult(name, await escrow.chain.call(escrow.address, abi.encodeCall(name, args)))
    const voucher = { channelId, cumulativeAmount: 5n }
    expect(await ask('getVoucherDigest', voucher)).toBe(Voucher.digest(voucher, domain))
    expect(await ask('domainSeparator')).toBe(Voucher.domainSeparator(domain))
    expect(await ask('VOUCHER_TYPEHASH')).toBe(Voucher.typeHash('v1'))
    expect(await ask('computeChannelId', { ...parts, payer: payer.address })).toBe(channelId)
    expect((await ask('eip712Domain')) as unknown[]).toEqual(
      expect.arrayContaining(['0x0f', 'Tempo Stream Channel', '1', 42431n]),
    )
    expect(await ask('channels', { channelId })).toContain(payer.address)
    const batch = (await ask('getChannelsBatch', { channelIds: [channelId, bytes32('00')] })) as {
      deposit: bigint
    }[]
    expect(batch.map(({ deposit }) => deposit)).toEqual([10_000n, 0n])
    expect(chain.hasCode(escrow.address)).toBe(true)
    expect(chain.hasCode(payer.address)).toBe(false)
  })
})
