/** SHA-256: of the platform where it has one that answers at once (Node), else in plain code. The answers are the same. */
import { sha256 as plain } from '@noble/hashes/sha2'

interface NativeHash {
  createHash(name: 'sha256'): { update(message: Uint8Array): { digest(): Uint8Array } }
}

/** The code that is always there. */
export const plainSha256 = (message: Uint8Array): Uint8Array => plain(message)

/** Asked of the process instead of imported: the same code runs in a browser, which has no such module. */
const node = (globalThis as { process?: { getBuiltinModule?(name: string): NativeHash | undefined } }).process
const native = node?.getBuiltinModule?.('node:crypto')

/** The 32 bytes of a message. */
export const sha256 = (message: Uint8Array): Uint8Array =>
  native === undefined ? plainSha256(message) : native.createHash('sha256').update(message).digest()
