/** UTF-8, strict: ill-formed bytes are refused and a byte order mark is kept as a character. */
import { DecodeError } from './decode-error.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text to UTF-8 bytes. */
export const encode = (text: string): Uint8Array => encoder.encode(text)

/** UTF-8 bytes to text. Throws `DecodeError` `bad-utf8`. */
export function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new DecodeError('bad-utf8', 'not valid UTF-8', { cause })
  }
}
