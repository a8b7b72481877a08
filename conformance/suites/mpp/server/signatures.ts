/** Signatures that must not count. */
import type { Hex } from '../../../../src/codec/hex.ts'
import * as Signature from '../../../../src/keys/signature.ts'

/** The malleated twin of a signature: same message, same key, high s. */
export const highS = (signature: Hex): Hex =>
  Signature.encode(Signature.malleated(Signature.decode(signature)))
