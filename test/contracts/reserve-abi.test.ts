/** The short ways to ask for a channel's state and to read the answer say what the ABI says, on every input. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Hex } from '../../src/codec/hex.ts'
import { abi, decodeState, stateCall } from '../../src/contracts/reserve-abi.ts'

const word = fc.stringMatching(/^[0-9a-f]{64}$/)
const outcome = (run: () => unknown) => {
  try {
    return { value: run() }
  } catch (error) {
    return { error: error instanceof Error ? [error.name, error.message] : error }
  }
}

test('the question', () => {
  fc.assert(
    fc.property(word, (digits) => {
      const channelId: Hex = `0x${digits}`
      expect(stateCall(channelId)).toBe(abi.encodeCall('getChannelState', { channelId }))
    }),
  )
  for (const id of ['0x', `0x${'A'.repeat(64)}`, '0x12'] as Hex[])
    expect(outcome(() => stateCall(id))).toEqual(
      outcome(() => abi.encodeCall('getChannelState', { channelId: id })),
    )
})

test('the answer', () => {
  const amount = fc.bigInt({ min: 0n, max: 2n ** 96n - 1n })
  const seconds = fc.integer({ min: 0, max: 2 ** 32 - 1 })
  const lawful = fc
    .tuple(amount, amount, seconds)
    .map(([settled, deposit, closeRequestedAt]) =>
      abi.encodeResult('getChannelState', { settled, deposit, closeRequestedAt }),
    )
  const other = fc.oneof(
    fc.tuple(word, word, word).map((words): Hex => `0x${words.join('')}`),
    lawful.map((hex): Hex => `0x${hex.slice(2).toUpperCase()}`),
    fc.tuple(lawful, fc.nat({ max: 193 })).map(([hex, at]) => hex.slice(0, at + 2) as Hex),
    fc
      .tuple(lawful, fc.nat({ max: 191 }))
      .map(([hex, at]) => `${hex.slice(0, at + 2)}f${hex.slice(at + 3)}` as Hex),
    fc.tuple(lawful, word).map(([hex, more]) => `${hex}${more}` as Hex),
  )
  fc.assert(
    fc.property(fc.oneof(lawful, other), (data) => {
      expect(outcome(() => decodeState(data))).toEqual(
        outcome(() => abi.decodeResult('getChannelState', data)),
      )
    }),
    { numRuns: 500 },
  )
})
