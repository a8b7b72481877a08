/** Keccak-256 as WebAssembly gives the same answers as plain code, at every length around the ends of its blocks. */
import { keccak_256 } from '@noble/hashes/sha3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keccakBytes } from '../../src/keys/keccak.ts'
import { permutation } from '../../src/keys/keccak-wasm.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test('this platform has the fast one', () => {
  expect(permutation()).toBeDefined()
})

test('of nothing', () => {
  expect(hex(keccakBytes(new Uint8Array()))).toBe(
    'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
  )
})

test('of every length up to three blocks', () => {
  for (let length = 0; length < 3 * 136 + 2; length++) {
    const message = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff)
    expect(hex(keccakBytes(message))).toBe(hex(keccak_256(message)))
  }
})

test('of any bytes, and an answer is not written over by the next', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (message) => {
      const first = keccakBytes(message)
      const before = hex(first)
      keccakBytes(Uint8Array.of(1))
      expect(hex(first)).toBe(before)
      expect(before).toBe(hex(keccak_256(message)))
    }),
  )
})
