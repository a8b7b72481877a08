/** HMAC-SHA-256: of the platform where it has one that answers at once (Node), else in plain code. The answers are the same. */
import { hmac } from '@noble/hashes/hmac'
import { sha256 } from '@noble/hashes/sha2'

interface NativeHash {
  createHmac(name: 'sha256', key: Uint8Array): { update(message: Uint8Array): { digest(): Uint8Array } }
}

/** The code that is always there. */
export const plainHmac = (key: Uint8Array, message: Uint8Array): Uint8Array => hmac(sha256, key, message)

/** Asked of the process instead of imported: the same code runs in a browser, which has no such module. */
const node = (globalThis as { process?: { getBuiltinModule?(name: string): NativeHash | undefined } }).process
const native = node?.getBuiltinModule?.('node:crypto')

/** The 32 bytes of a message under a key. */
export const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array =>
  native === undefined ? plainHmac(key, message) : native.createHmac('sha256', key).update(message).digest()
