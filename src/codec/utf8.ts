/** UTF-8, strict: ill-formed bytes are refused and a byte order mark is kept as a character. */
import { DecodeError } from './decode-error.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Longest text that is written here, in characters: a call of the encoder takes longer. */
const short = 64

/** Text to UTF-8 bytes. */
export function encode(text: string): Uint8Array {
  const { length } = text
  if (length > short) return encoder.encode(text)
  const out = new Uint8Array(length)
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    // Whatever is not ASCII takes more than one byte.
    if (code > 127) return encoder.encode(text)
    out[at] = code
  }
  return out
}

/** UTF-8 bytes to text. Throws `DecodeError` `bad-utf8`. */
export function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new DecodeError('bad-utf8', 'not valid UTF-8', { cause })
  }
}
