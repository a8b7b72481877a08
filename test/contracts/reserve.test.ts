/** TIP-1034, "Execution Semantics": each rule at its boundary. */

import { toEventSelector, toFunctionSelector } from 'viem'
import { Abis } from 'viem/tempo'
import { describe, expect, test } from 'vitest'
import { maxUint96 } from '../../src/codec/uint.ts'
import * as Reserve from '../../src/contracts/reserve.ts'
import { abi, decodeCall, decodeEvent, encodeCall, encodeEvent } from '../../src/contracts/reserve-abi.ts'
import { address, bytes32, descriptor, token } from '../support/samples.ts'

const { payer, payee } = descriptor
const slot = { settled: 300n, deposit: 1000n, closeRequestedAt: 0 }
const context = (overrides: Partial<Reserve.Context> = {}): Reserve.Context => ({
  sender: payee,
  timestamp: 10_000,
  chainId: 42431,
  expiringNonceHash: bytes32('bb'),
  openedThisTransaction: () => false,
  isSignedBy: (signer, _, signature) => signer === payer && signature === '0x01',
  ...overrides,
})
const outcome = (
  state: Reserve.Slot | undefined,
  call: Reserve.Call,
  overrides: Partial<Reserve.Context> = {},
) => {
  const result = Reserve.apply(state, call, context(overrides))
  return 'revert' in result ? result.revert : result
}
const open: Reserve.OpenCall = {
  type: 'open',
  payee,
  operator: address('00'),
  token,
  deposit: 1000n,
  salt: bytes32('aa'),
  authorizedSigner: address('00'),
}
const settle = (cumulativeAmount: bigint, signature: `0x${string}` = '0x01'): Reserve.Call => ({
  type: 'settle',
  descriptor,
  cumulativeAmount,
  signature,
})
const close = (
  cumulativeAmount: bigint,
  captureAmount: bigint,
  signature: `0x${string}` = '0x01',
): Reserve.Call => ({ type: 'close', descriptor, cumulativeAmount, captureAmount, signature })
const topUp = (additionalDeposit: bigint): Reserve.Call => ({ type: 'topUp', descriptor, additionalDeposit })
const requestClose: Reserve.Call = { type: 'requestClose', descriptor }
const withdraw: Reserve.Call = { type: 'withdraw', descriptor }
const byPayer = { sender: payer }

describe('open', () => {
  test('moves the deposit, stores it, and tells everything', () => {
    const effect = outcome(undefined, open, byPayer) as Reserve.Effect
    expect(effect.slot).toEqual({ settled: 0n, deposit: 1000n, closeRequestedAt: 0 })
    expect(effect.moves).toEqual([
      { token, from: payer, to: Reserve.address, amount: 1000n, policy: { payer, payee } },
    ])
    expect(effect.events[0]).toMatchObject({
      name: 'ChannelOpened',
      ...descriptor,
      deposit: 1000n,
      channelId: effect.channelId,
    })
  })
  test.each<[string, Partial<Reserve.OpenCall>, Partial<Reserve.Context>]>([
    ['InvalidPayee', { payee: address('00') }, {}],
    ['InvalidPayee', { payee: token }, {}],
    ['InvalidToken', { token: address('00') }, {}],
    ['ZeroDeposit', { deposit: 0n }, {}],
    ['ExpiringNonceHashNotSet', {}, { expiringNonceHash: bytes32('00') }],
    ['ChannelAlreadyExists', {}, { openedThisTransaction: () => true }],
  ])('%s', (expected, change, overrides) => {
    expect(outcome(undefined, { ...open, ...change }, { ...byPayer, ...overrides })).toBe(expected)
  })
  test('ChannelAlreadyExists when it is open', () =>
    expect(outcome(slot, open, byPayer)).toBe('ChannelAlreadyExists'))
  test('another transaction, another id', () => {
    const id = (expiringNonceHash: `0x${string}`) =>
      Reserve.channelId(open, context({ ...byPayer, expiringNonceHash }))
    expect(id(bytes32('01'))).not.toBe(id(bytes32('02')))
  })
})

describe('settle', () => {
  test('pays the difference to the payee, whoever of the payee side sends it', () => {
    const operator = address('33')
    const operated = { ...descriptor, operator }
    for (const [sender, on] of [
      [payee, descriptor],
      [operator, operated],
      [payee, operated],
    ] as const) {
      const effect = outcome(
        slot,
        { type: 'settle', descriptor: on, cumulativeAmount: 500n, signature: '0x01' },
        { sender },
      ) as Reserve.Effect
      expect(effect.slot?.settled).toBe(500n)
      expect(effect.moves).toEqual([
        { token, from: Reserve.address, to: payee, amount: 200n, policy: { payer, payee } },
      ])
      expect(effect.events[0]).toMatchObject({ name: 'Settled', deltaPaid: 200n, newSettled: 500n })
    }
  })
  test.each([
    ['AmountExceedsDeposit', settle(1001n), {}],
    ['AmountNotIncreasing', settle(300n), {}],
    ['AmountNotIncreasing', settle(200n), {}],
    ['InvalidSignature', settle(400n, '0x02'), {}],
    ['NotPayeeOrOperator', settle(400n), byPayer],
    ['NotPayeeOrOperator', settle(400n), { sender: address('00') }],
  ])('%s', (expected, call, overrides) => expect(outcome(slot, call, overrides)).toBe(expected))
  test('up to the deposit exactly', () =>
    expect(outcome(slot, settle(1000n))).toMatchObject({ slot: { settled: 1000n } }))
  test('a delegated signer replaces the payer', () => {
    const delegated = { ...descriptor, authorizedSigner: address('44') }
    const call = (signature: `0x${string}`): Reserve.Call => ({
      type: 'settle',
      descriptor: delegated,
      cumulativeAmount: 400n,
      signature,
    })
    expect(outcome(slot, call('0x01'))).toBe('InvalidSignature')
    expect(outcome(slot, call('0x01'), { isSignedBy: (signer) => signer === address('44') })).toMatchObject({
      slot: { settled: 400n },
    })
  })
})

describe('topUp', () => {
  test('raises the deposit by exactly the amount and cancels a close', () => {
    const effect = outcome({ ...slot, closeRequestedAt: 5 }, topUp(7n), byPayer) as Reserve.Effect
    expect(effect.slot).toEqual({ ...slot, deposit: 1007n })
    expect(effect.events.map(({ name }) => name)).toEqual(['CloseRequestCancelled', 'TopUp'])
  })
  test('zero with nothing to cancel is silent, zero with a close cancels it (readings E1, E2)', () => {
    expect(outcome(slot, topUp(0n), byPayer)).toMatchObject({ slot, moves: [], events: [] })
    const effect = outcome({ ...slot, closeRequestedAt: 5 }, topUp(0n), byPayer) as Reserve.Effect
    expect(effect.slot?.closeRequestedAt).toBe(0)
    expect(effect.moves).toEqual([])
    expect(effect.events[0]?.name).toBe('CloseRequestCancelled')
  })
  test('uint96 does not wrap', () => {
    expect(outcome(slot, topUp(maxUint96 - 999n), byPayer)).toBe('DepositOverflow')
    expect(outcome(slot, topUp(maxUint96 - 1000n), byPayer)).toMatchObject({ slot: { deposit: maxUint96 } })
  })
  test('payer only', () => expect(outcome(slot, topUp(1n))).toBe('NotPayer'))
})

describe('close', () => {
  test('captures, refunds, and leaves nothing', () => {
    const effect = outcome(slot, close(900n, 500n)) as Reserve.Effect
    expect(effect.slot).toBeUndefined()
    expect(effect.moves.map(({ to, amount }) => [to, amount])).toEqual([
      [payee, 200n],
      [payer, 500n],
    ])
    expect(effect.events[0]).toMatchObject({
      name: 'ChannelClosed',
      settledToPayee: 500n,
      refundedToPayer: 500n,
    })
  })
  test('at what was settled no voucher is needed (reading E10); above the deposit one is still good', () => {
    expect(outcome(slot, close(300n, 300n, '0x02'))).toMatchObject({ slot: undefined })
    expect(outcome(slot, close(1200n, 1000n))).toMatchObject({ slot: undefined, moves: [{ amount: 700n }] })
  })
  test.each([
    ['CaptureAmountInvalid', close(500n, 501n), {}],
    ['CaptureAmountInvalid', close(500n, 299n), {}],
    ['AmountExceedsDeposit', close(1200n, 1001n), {}],
    ['InvalidSignature', close(400n, 400n, '0x02'), {}],
    ['NotPayeeOrOperator', close(400n, 400n), byPayer],
  ])('%s', (expected, call, overrides) => expect(outcome(slot, call, overrides)).toBe(expected))
})

describe('requestClose and withdraw', () => {
  test('the first request starts the clock, later ones change nothing', () => {
    const effect = outcome(slot, requestClose, byPayer) as Reserve.Effect
    expect(effect.slot?.closeRequestedAt).toBe(10_000)
    expect(effect.events[0]).toMatchObject({ name: 'CloseRequested', closeGraceEnd: 10_900n })
    expect(outcome({ ...slot, closeRequestedAt: 5 }, requestClose, byPayer)).toMatchObject({
      slot: { closeRequestedAt: 5 },
      events: [],
    })
    expect(outcome(slot, requestClose)).toBe('NotPayer')
  })
  test('a request after 2106 is stored as the latest time a uint32 holds, and does not wrap (K6)', () => {
    const timestamp = 2 ** 32 + 5
    expect(outcome(slot, requestClose, { ...byPayer, timestamp })).toMatchObject({
      slot: { closeRequestedAt: 2 ** 32 - 1 },
      events: [{ name: 'CloseRequested', closeGraceEnd: BigInt(timestamp) + 900n }],
    })
  })
  test('withdraw at 900 s and not before', () => {
    const requested = { ...slot, closeRequestedAt: 10_000 }
    expect(outcome(requested, withdraw, { ...byPayer, timestamp: 10_899 })).toBe('CloseNotReady')
    const effect = outcome(requested, withdraw, { ...byPayer, timestamp: 10_900 }) as Reserve.Effect
    expect(effect.moves).toEqual([
      { token, from: Reserve.address, to: payer, amount: 700n, policy: 'exempt' },
    ])
    expect(effect.slot).toBeUndefined()
    expect(outcome(slot, withdraw, byPayer)).toBe('CloseNotReady')
    expect(outcome(requested, withdraw, { timestamp: 20_000 })).toBe('NotPayer')
  })
})

test('nothing but open works on a channel that is not there', () => {
  for (const call of [settle(1n), topUp(1n), close(1n, 1n), requestClose, withdraw])
    expect(outcome(undefined, call)).toBe('ChannelNotFound')
})

describe('ABI', () => {
  test('functions and events are those viem has for the precompile', () => {
    for (const item of Abis.tip20ChannelReserve) {
      if (item.type === 'event') expect(abi.topic(item.name)).toBe(toEventSelector(item))
      if (item.type === 'function') {
        const args = Object.fromEntries(item.inputs.map((input) => [input.name, sample(input.type)]))
        expect(abi.encodeCall(item.name, args).slice(0, 10)).toBe(toFunctionSelector(item))
      }
    }
  })
  const sample = (type: string): unknown =>
    type === 'tuple'
      ? descriptor
      : type.endsWith('[]')
        ? []
        : type === 'address'
          ? payer
          : type === 'bytes32'
            ? bytes32('01')
            : type === 'bytes'
              ? '0x'
              : 1n

  test.each<Reserve.Call>([open, settle(5n), topUp(5n), close(6n, 5n), requestClose, withdraw])(
    'calldata of $type survives',
    (call) => {
      expect(decodeCall(encodeCall(call))).toEqual(call)
    },
  )
  test('events survive, foreign logs are none', () => {
    const { events } = outcome(undefined, open, byPayer) as Reserve.Effect
    const log = encodeEvent(events[0] as Reserve.Event)
    expect(decodeEvent(log)).toEqual(events[0])
    expect(decodeEvent({ ...log, address: payee })).toBeUndefined()
    expect(decodeEvent({ ...log, topics: [bytes32('01')] })).toBeUndefined()
  })
})
