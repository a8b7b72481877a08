/** Content-Digest values (RFC 9530): a dictionary `algorithm=:base64:`. Only sha-256 and sha-512 are active there. */
import { sha512 } from '@noble/hashes/sha2'
import { DecodeError } from './decode-error.ts'
import { sha256 } from './sha256.ts'

/** The algorithms of RFC 9530 that are in use. */
export type DigestAlgorithm = 'sha-256' | 'sha-512'

const hashes = { 'sha-256': sha256, 'sha-512': sha512 } as const
const bytes: Readonly<Record<string, number>> = { 'sha-256': 32, 'sha-512': 64 }
/** Longest digest text that is read, in characters. */
export const maxDigestChars = 1_024

/** The digest of a body, `sha-256=:…:`. */
export function encode(body: Uint8Array, algorithm: DigestAlgorithm = 'sha-256'): string {
  return `${algorithm}=:${toBase64(hashes[algorithm](body))}:`
}

/**
 * Text to the digests it lists, unknown algorithms included. Throws `DecodeError`. Parameters and repeated
 * algorithms, which the dictionary syntax would allow, are refused (spec/readings.md W9).
 */
export function decode(text: string): ReadonlyMap<string, Uint8Array> {
  if (text.length > maxDigestChars)
    throw new DecodeError('too-large', `digest is over ${maxDigestChars} characters`)
  const out = new Map<string, Uint8Array>()
  let at = 0
  for (const member of text.split(',')) {
    const parts = /^[ \t]*([a-z*][a-z0-9_\-.*]*)=:([A-Za-z0-9+/]*={0,2}):[ \t]*$/.exec(member)
    if (parts === null) throw new DecodeError('bad-syntax', 'expected algorithm=:base64:', { at })
    const [, name, value] = parts as unknown as [string, string, string]
    if (out.has(name)) throw new DecodeError('duplicate-parameter', `${name} occurs twice`, { at })
    const digest = fromBase64(value, at)
    if (digest.length !== (bytes[name] ?? digest.length))
      throw new DecodeError('bad-length', `a ${name} digest has ${bytes[name]} bytes`, { at })
    out.set(name, digest)
    at += member.length + 1
  }
  return out
}

/** Whether the body has the digest, by the strongest algorithm known to both sides; false when there is none. */
export function verify(text: string, body: Uint8Array): boolean {
  const listed = decode(text)
  const algorithm = (['sha-512', 'sha-256'] as const).find((name) => listed.has(name))
  if (algorithm === undefined) return false
  const expected = listed.get(algorithm) as Uint8Array
  const actual = hashes[algorithm](body)
  return expected.length === actual.length && actual.every((byte, i) => byte === expected[i])
}

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

function fromBase64(text: string, at: number): Uint8Array {
  if (text.length % 4 !== 0)
    throw new DecodeError('bad-length', 'base64 must be padded to four characters', { at })
  const binary = atob(text)
  if (btoa(binary) !== text)
    throw new DecodeError('non-canonical', 'base64 has non-zero trailing bits', { at })
  return Uint8Array.from(binary, (char) => char.charCodeAt(0))
}
