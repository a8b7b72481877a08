/** The same random calls on the v2 reducer, the memory chain over JSON-RPC and the Solidity on Anvil: same outcomes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { devAccounts, type KeyAccount } from '../../src/chain/accounts.ts'
import { ChainClient } from '../../src/chain/client.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { RpcError } from '../../src/chain/rpc.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import * as Reserve from '../../src/channel/reserve.ts'
import { abi, encodeCall } from '../../src/channel/reserve-abi.ts'
import { isRevert } from '../../src/channel/revert.ts'
import { pathUsd } from '../../src/channel/token.ts'
import { type Bytes32, zeroAddress } from '../../src/codec/hex.ts'
import * as Voucher from '../../src/mpp/voucher.ts'
import { anvilNode, missing } from '../support/anvil.ts'
import { newChain } from '../support/kit.ts'

const steps = Number(process.env['DIFFERENTIAL_STEPS'] ?? 300)
const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? 1034)
const accounts = devAccounts.slice(0, 3) as KeyAccount[]
const domain: Voucher.Domain = { protocol: 'v2', escrow: Reserve.address, chainId: 42_431 }

const step = fc.record({
  type: fc.constantFrom(
    'open',
    'settle',
    'topUp',
    'close',
    'requestClose',
    'withdraw',
    'wait',
    'settle',
    'open',
  ),
  sender: fc.constantFrom(0, 0, 0, 1, 1, 1, 2),
  channel: fc.nat(3),
  amount: fc.constantFrom(0n, 1n, 40n, 99n, 100n, 101n, 250n, 2n ** 96n - 1n),
  capture: fc.constantFrom(0n, 40n, 100n, 250n),
  isSigned: fc.constantFrom(true, true, true, false),
})

/** Time is compared by whether a close is pending: the clocks of two nodes are never quite the same. */
const timeless = (slot: Reserve.Slot | undefined) => ({
  settled: slot?.settled ?? 0n,
  deposit: slot?.deposit ?? 0n,
  isClosing: (slot?.closeRequestedAt ?? 0) !== 0,
})
const comparable = (events: readonly Reserve.Event[]) =>
  events.map((event) => ('closeGraceEnd' in event ? { ...event, closeGraceEnd: 0n } : event))

test.skipIf(missing !== undefined)(`${steps} calls of the v2 reserve, seed ${seed}`, async () => {
  await using anvil = await anvilNode()
  await using server = await serveRpc(newChain())
  const nodes = [anvil.chain, new ChainClient(httpRpc(server.url))] as const
  const slots = new Map<Bytes32, Reserve.Slot>()
  const channels: Extract<Reserve.Event, { name: 'ChannelOpened' }>[] = []
  const outcomes = new Set<string>()
  let offset = 0

  const revertOn = async ({ rpc }: ChainClient, from: string, call: Reserve.Call) => {
    const calls = [{ to: Reserve.address, data: encodeCall(call) }]
    try {
      await rpc.request({ method: 'eth_call', params: [{ from, calls }, 'latest'] })
      return undefined
    } catch (error) {
      if (!(error instanceof RpcError) || error.data === undefined) throw error
      return abi.decodeError(error.data as Bytes32)
    }
  }

  for (const [i, { type, sender, channel, amount, capture, isSigned }] of fc
    .sample(step, { numRuns: steps, seed })
    .entries()) {
    if (type === 'wait') {
      offset += 450
      for (const { rpc } of nodes) await rpc.request({ method: 'evm_increaseTime', params: [450] })
      continue
    }
    const descriptor = channels[channels.length - 1 - (channel % Math.max(channels.length, 1))]
    if (type !== 'open' && descriptor === undefined) continue
    const account = accounts[sender] as KeyAccount
    const salt: Bytes32 = `0x${i.toString(16).padStart(64, '0')}`
    const voucher = { channelId: descriptor?.channelId as Bytes32, cumulativeAmount: amount }
    const signer = accounts[isSigned ? 0 : 2] as KeyAccount
    const needsVoucher = type === 'settle' || type === 'close'
    const signature = needsVoucher ? await Voucher.sign(voucher, domain, signer) : '0x'
    const payee = capture === 0n && amount === 0n ? zeroAddress : (accounts[1] as KeyAccount).address
    const parts = { payee, operator: zeroAddress, token: pathUsd, salt, authorizedSigner: zeroAddress }
    const call = (
      type === 'open'
        ? { type, ...parts, deposit: amount % 1000n }
        : {
            type,
            descriptor,
            cumulativeAmount: amount,
            additionalDeposit: amount,
            captureAmount: capture,
            signature,
          }
    ) as Reserve.Call
    const context: Reserve.Context = {
      sender: account.address,
      timestamp: Math.floor(Date.now() / 1000) + offset,
      chainId: 42_431,
      expiringNonceHash: salt,
      openedThisTransaction: () => false,
      isSignedBy: (by) => by === signer.address,
    }

    const id = type === 'open' ? undefined : (descriptor?.channelId as Bytes32)
    let effect = Reserve.apply(id === undefined ? undefined : slots.get(id), call, context)
    const reverts = await Promise.all(nodes.map((node) => revertOn(node, account.address, call)))
    // A deposit nobody has is the token's revert, which the reducer does not see.
    const isTooMuch = !isRevert(effect) && effect.moves.some((move) => move.amount > 2n ** 64n)
    const expected = isRevert(effect) ? effect.revert : undefined
    outcomes.add(expected ?? `${type} ok`)
    if (isTooMuch) {
      expect([i, ...reverts.map((name) => name ?? 'token')], type).toEqual([i, 'token', 'token'])
      continue
    }
    expect([i, ...reverts], type).toEqual([i, expected, expected])
    if (expected !== undefined) continue

    const data = encodeCall(call)
    // Signed once: both nodes get the same transaction, so channels have the same ids.
    const signed = await nodes[0].sign(account, [{ to: Reserve.address, data }])
    effect = Reserve.apply(id === undefined ? undefined : slots.get(id), call, {
      ...context,
      expiringNonceHash: signed.expiringNonceHash,
    })
    if (isRevert(effect)) throw new Error(`the reducer changed its mind: ${effect.revert}`)
    for (const node of nodes) {
      const receipt = await node.broadcast(signed.raw)
      expect(receipt.success).toBe(true)
      expect(comparable(receipt.events)).toEqual(comparable(effect.events))
      expect(timeless(await node.channel(effect.channelId))).toEqual(timeless(effect.slot))
    }
    if (effect.slot === undefined) slots.delete(effect.channelId)
    else slots.set(effect.channelId, effect.slot)
    for (const event of effect.events) if (event.name === 'ChannelOpened') channels.push(event)
  }
  const [held, other] = await Promise.all(nodes.map((node) => node.balance(pathUsd, Reserve.address)))
  expect(held).toBe(other)
  expect(outcomes.size).toBeGreaterThan(10)
})
