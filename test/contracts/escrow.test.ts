/** The v1 escrow: tempo session draft, "Contract Functions" to "Signature Verification", each rule at its boundary. */

import { readFileSync } from 'node:fs'
import { toFunctionSelector } from 'viem'
import { describe, expect, test } from 'vitest'
import { maxUint128 } from '../../src/codec/uint.ts'
import * as Escrow from '../../src/contracts/escrow.ts'
import { abi, decodeCall, decodeEvent, encodeCall, encodeEvent } from '../../src/contracts/escrow-abi.ts'
import { address, bytes32, descriptor, token } from '../support/samples.ts'

const { payer, payee } = descriptor
const escrow = Escrow.address
const id = bytes32('cc')
const channel: Escrow.Channel = {
  payer,
  payee,
  token,
  authorizedSigner: address('00'),
  deposit: 1000n,
  settled: 300n,
  closeRequestedAt: 0,
  finalized: false,
}
const context = (overrides: Partial<Escrow.Context> = {}): Escrow.Context => ({
  sender: payee,
  timestamp: 10_000,
  chainId: 42431,
  escrow,
  isSignedBy: (signer, { channelId }, signature) =>
    signer === payer && channelId === id && signature === '0x01',
  ...overrides,
})
const outcome = (
  stored: Escrow.Channel | undefined,
  call: Escrow.Call,
  overrides: Partial<Escrow.Context> = {},
) => {
  const result = Escrow.apply(stored, call, context(overrides))
  return 'revert' in result ? result.revert : result
}
const open: Escrow.OpenCall = {
  type: 'open',
  payee,
  token,
  deposit: 1000n,
  salt: bytes32('aa'),
  authorizedSigner: address('00'),
}
type Signature = `0x${string}`
const settle = (cumulativeAmount: bigint, signature: Signature = '0x01'): Escrow.Call => ({
  type: 'settle',
  channelId: id,
  cumulativeAmount,
  signature,
})
const close = (cumulativeAmount: bigint, signature: Signature = '0x01'): Escrow.Call => ({
  type: 'close',
  channelId: id,
  cumulativeAmount,
  signature,
})
const topUp = (additionalDeposit: bigint): Escrow.Call => ({
  type: 'topUp',
  channelId: id,
  additionalDeposit,
})
const requestClose: Escrow.Call = { type: 'requestClose', channelId: id }
const withdraw: Escrow.Call = { type: 'withdraw', channelId: id }
const byPayer = { sender: payer }
const kinds = (effect: unknown) => (effect as Escrow.Effect).events.map(({ name }) => name)

describe('open', () => {
  test('pulls the deposit on an allowance and stores the parties (ESC-FN-001)', () => {
    const effect = outcome(undefined, open, byPayer) as Escrow.Effect
    expect(effect.channel).toEqual({ ...channel, settled: 0n })
    expect(effect.moves).toEqual([{ token, from: payer, to: escrow, amount: 1000n, spender: escrow }])
    const { type: _, ...members } = open
    expect(effect.events).toEqual([{ name: 'ChannelOpened', channelId: effect.channelId, payer, ...members }])
  })
  test.each<[string, Partial<Escrow.OpenCall>]>([
    ['InvalidPayee', { payee: address('00') }],
    ['TransferFailed', { token: address('77') }],
  ])('%s', (expected, change) => {
    expect(outcome(undefined, { ...open, ...change }, byPayer)).toBe(expected)
  })
  test('an id is used once, closed or not (K2)', () => {
    expect(outcome(channel, open, byPayer)).toBe('ChannelAlreadyExists')
    expect(outcome({ ...channel, finalized: true }, open, byPayer)).toBe('ChannelAlreadyExists')
  })
  test('the id binds parties, salt, signer, escrow and chain (ESC-ID-001)', () => {
    const ids = [
      {},
      { payee: address('33') },
      { token: `0x20c0${'0'.repeat(35)}1` as const },
      { salt: bytes32('ab') },
      { authorizedSigner: address('44') },
    ].map((change) => Escrow.channelId({ ...open, ...change }, context(byPayer)))
    for (const place of [
      { sender: payee },
      { ...byPayer, chainId: 1 },
      { ...byPayer, escrow: Escrow.draftAddress },
    ])
      ids.push(Escrow.channelId(open, context(place)))
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('settle', () => {
  test('pays the difference to the payee', () => {
    const effect = outcome(channel, settle(500n)) as Escrow.Effect
    expect(effect.channel).toEqual({ ...channel, settled: 500n })
    expect(effect.moves).toEqual([{ token, from: escrow, to: payee, amount: 200n }])
    expect(effect.events).toMatchObject([{ name: 'Settled', deltaPaid: 200n, newSettled: 500n }])
    expect(outcome(channel, settle(1000n))).toMatchObject({ channel: { settled: 1000n } })
  })
  test.each<[string, Escrow.Call, Partial<Escrow.Context>]>([
    ['AmountExceedsDeposit', settle(1001n), {}],
    ['AmountNotIncreasing', settle(300n), {}],
    ['InvalidSignature', settle(400n, '0x02'), {}],
    ['NotPayee', settle(400n), byPayer],
    ['NotPayee', settle(400n), { sender: address('00') }],
  ])('%s', (expected, call, overrides) => expect(outcome(channel, call, overrides)).toBe(expected))
  test('a delegated signer replaces the payer (ESC-SIG-002)', () => {
    const delegated = { ...channel, authorizedSigner: address('44') }
    expect(outcome(delegated, settle(400n))).toBe('InvalidSignature')
    const isSignedBy: Escrow.Context['isSignedBy'] = (signer) => signer === address('44')
    expect(outcome(delegated, settle(400n), { isSignedBy })).toMatchObject({ channel: { settled: 400n } })
  })
})

describe('topUp', () => {
  test('raises the deposit and cancels a close (ESC-FN-002)', () => {
    const effect = outcome({ ...channel, closeRequestedAt: 5 }, topUp(7n), byPayer) as Escrow.Effect
    expect(effect.channel).toEqual({ ...channel, deposit: 1007n })
    expect(effect.moves).toEqual([{ token, from: payer, to: escrow, amount: 7n, spender: escrow }])
    expect(kinds(effect)).toEqual(['CloseRequestCancelled', 'TopUp'])
  })
  test('of nothing is announced (K3)', () => {
    const effect = outcome(channel, topUp(0n), byPayer)
    expect(effect).toMatchObject({ channel, moves: [] })
    expect(kinds(effect)).toEqual(['TopUp'])
  })
  test('uint128 does not wrap', () => {
    expect(outcome(channel, topUp(maxUint128 - 999n), byPayer)).toBe('DepositOverflow')
    expect(outcome(channel, topUp(2n ** 256n - 1n), byPayer)).toBe('DepositOverflow')
    expect(outcome(channel, topUp(maxUint128 - 1000n), byPayer)).toMatchObject({
      channel: { deposit: maxUint128 },
    })
    expect(outcome(channel, topUp(1n))).toBe('NotPayer')
  })
})

describe('close', () => {
  test('pays the whole voucher, refunds the rest, stays readable (ESC-FN-003, K2)', () => {
    const effect = outcome(channel, close(800n)) as Escrow.Effect
    expect(effect.channel).toEqual({ ...channel, settled: 800n, finalized: true })
    expect(effect.moves).toEqual([
      { token, from: escrow, to: payee, amount: 500n },
      { token, from: escrow, to: payer, amount: 200n },
    ])
    expect(effect.events).toMatchObject([
      { name: 'ChannelClosed', settledToPayee: 800n, refundedToPayer: 200n },
    ])
  })
  test('at or below what is settled it only refunds, and asks for no voucher (E13)', () => {
    for (const amount of [300n, 0n])
      expect(outcome(channel, close(amount, '0x'))).toMatchObject({
        channel: { settled: 300n, finalized: true },
        moves: [{ to: payer, amount: 700n }],
      })
  })
  test.each<[string, Escrow.Call, Partial<Escrow.Context>]>([
    ['AmountExceedsDeposit', close(1001n), {}],
    ['InvalidSignature', close(301n, '0x02'), {}],
    ['NotPayee', close(400n), byPayer],
  ])('%s', (expected, call, overrides) => expect(outcome(channel, call, overrides)).toBe(expected))
})

describe('requestClose and withdraw', () => {
  test('the first request starts the clock, later ones change nothing', () => {
    expect(outcome(channel, requestClose, byPayer)).toMatchObject({
      channel: { closeRequestedAt: 10_000 },
      events: [{ name: 'CloseRequested', closeGraceEnd: 10_900n }],
    })
    expect(outcome({ ...channel, closeRequestedAt: 5 }, requestClose, byPayer)).toMatchObject({
      channel: { closeRequestedAt: 5 },
      events: [],
    })
    expect(outcome(channel, requestClose)).toBe('NotPayer')
  })
  test('withdraw at 900 s and not before (ESC-FN-004)', () => {
    const requested = { ...channel, closeRequestedAt: 10_000 }
    expect(outcome(requested, withdraw, { ...byPayer, timestamp: 10_899 })).toBe('CloseNotReady')
    const effect = outcome(requested, withdraw, { ...byPayer, timestamp: 10_900 })
    expect(effect).toMatchObject({
      channel: { finalized: true },
      moves: [{ token, from: escrow, to: payer, amount: 700n }],
    })
    expect(kinds(effect)).toEqual(['ChannelExpired', 'ChannelClosed'])
    expect(outcome(channel, withdraw, byPayer)).toBe('CloseNotReady')
    expect(outcome(requested, withdraw, { timestamp: 20_000 })).toBe('NotPayer')
  })
})

test('nothing but open works on a channel that is not there, nothing at all on a closed one', () => {
  for (const call of [settle(1n), topUp(1n), close(1n), requestClose, withdraw]) {
    expect(outcome(undefined, call)).toBe('ChannelNotFound')
    const { sender } = call.type === 'settle' || call.type === 'close' ? { sender: payee } : byPayer
    expect(outcome({ ...channel, finalized: true }, call, { sender })).toBe('ChannelFinalized')
  }
})

describe('ABI', () => {
  const golden = JSON.parse(readFileSync('test/fixtures/golden.json', 'utf8')) as {
    v1_selectors: Record<string, Signature>
  }
  test('selectors are those of the draft, and of the deployed contract (K1)', () => {
    const ours: Record<string, Signature> = Object.fromEntries(
      [open, settle(1n), close(1n), requestClose, withdraw].map((call) => [
        call.type,
        encodeCall(call).slice(0, 10) as Signature,
      ]),
    )
    for (const [signature, selector] of Object.entries(golden.v1_selectors)) {
      const name = signature.slice(0, signature.indexOf('('))
      if (name in ours) expect(ours[name], signature).toBe(selector)
    }
    expect(encodeCall(topUp(1n)).slice(0, 10)).toBe(toFunctionSelector('topUp(bytes32,uint256)'))
    const drafts = `${golden.v1_selectors['topUp(bytes32,uint128)'] ?? ''}${encodeCall(topUp(5n)).slice(10)}`
    expect(decodeCall(drafts as Signature)).toEqual(topUp(5n))
  })
  test.each<Escrow.Call>([open, settle(5n), topUp(5n), close(6n), requestClose, withdraw])(
    'calldata of $type survives',
    (call) => {
      expect(decodeCall(encodeCall(call))).toEqual(call)
    },
  )
  test('a view is no call; events survive, foreign logs are none', () => {
    expect(decodeCall(abi.encodeCall('CLOSE_GRACE_PERIOD', {}))).toBeUndefined()
    const { events } = outcome(undefined, open, byPayer) as Escrow.Effect
    const log = encodeEvent(escrow, events[0] as Escrow.Event)
    expect(decodeEvent(escrow, log)).toEqual(events[0])
    expect(decodeEvent(Escrow.draftAddress, log)).toBeUndefined()
    expect(decodeEvent(escrow, { ...log, topics: [bytes32('01')] })).toBeUndefined()
  })
})
