/**
 * libsecp256k1, when its optional package is installed: about 40 times the recoveries and signatures per second of
 * the curve in `signature.ts`, with the same answers.
 */
import { secp256k1 } from '@noble/curves/secp256k1'
import * as Hex from '../codec/hex.ts'
import { type Recover, recoverPublicKey, type Signature } from './signature.ts'

interface Native {
  ecdsaRecover(signature: Uint8Array, recoveryId: number, digest: Uint8Array, compressed: boolean): Uint8Array
  ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number }
  publicKeyCreate(privateKey: Uint8Array, compressed: boolean): Uint8Array
}

interface Curve {
  recover: Recover
  /** Deterministic (RFC 6979), low s. */
  sign(digest: Uint8Array, privateKey: Uint8Array): Signature
  /** 65 bytes, uncompressed. */
  publicKey(privateKey: Uint8Array): Uint8Array
}

/** The curve that is always there. */
export const plainCurve: Curve = {
  recover: recoverPublicKey,
  sign(digest, privateKey) {
    const { r, s, recovery } = secp256k1.sign(digest, privateKey)
    return { r, s, yParity: recovery === 1 ? 1 : 0 }
  },
  publicKey: (privateKey) => secp256k1.getPublicKey(privateKey, false),
}

const nativeCurve = (native: Native): Curve => ({
  recover: (digest, compact, yParity) => native.ecdsaRecover(compact, yParity, digest, false),
  sign(digest, privateKey) {
    const { signature, recid } = native.ecdsaSign(digest, privateKey)
    const word = (from: number) => BigInt(Hex.encode(signature.subarray(from, from + 32)))
    return { r: word(0), s: word(32), yParity: recid === 1 ? 1 : 0 }
  },
  publicKey: (privateKey) => native.publicKeyCreate(privateKey, false),
})

function load(): Curve {
  try {
    // Asked of the process instead of imported: the same code runs in a browser, which has no such module.
    const { createRequire } = process.getBuiltinModule('node:module')
    return nativeCurve(createRequire(import.meta.url)('secp256k1') as Native)
  } catch {
    // Optional by design: without it, or without Node, everything works, slower.
    return plainCurve
  }
}

let loaded: Curve | undefined

/** The fastest curve there is here; looked for when it is first needed. */
export function curve(): Curve {
  loaded ??= load()
  return loaded
}

/** Recovery on the fastest curve there is here. */
export const fastestCurve: Recover = (digest, compact, yParity) => curve().recover(digest, compact, yParity)
