/** The native curve and the one that is always there give the same signatures, keys and recoveries. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { curve, plainCurve } from '../../src/keys/native-curve.ts'
import { halfOrder, order, type Signature } from '../../src/keys/signature.ts'

const word = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const compact = ({ r, s }: Signature) => Buffer.concat([word(r), word(s)])

/** The smallest and largest key, and a hundred in between. */
const keys = [word(1n), word(order - 1n), ...Array.from({ length: 100 }, () => randomBytes(32))]

test.skipIf(curve() === plainCurve)('both curves agree', () => {
  for (const key of keys) {
    const digest = randomBytes(32)
    const signature = curve().sign(digest, key)
    const publicKey = curve().publicKey(key)
    expect(signature).toEqual(plainCurve.sign(digest, key))
    expect(signature.s <= halfOrder).toBe(true)
    expect(Buffer.from(publicKey)).toEqual(Buffer.from(plainCurve.publicKey(key)))
    for (const { recover } of [curve(), plainCurve])
      expect(Buffer.from(recover(digest, compact(signature), signature.yParity))).toEqual(
        Buffer.from(publicKey),
      )
  }
})
