/**
 * Bytes of the platform, where it has them: Node's `Buffer`, asked of the global object so that the same code runs where
 * there is none. It turns text into bytes and back many times as fast as a loop does, and is lenient where codecs are
 * strict: what it read is proven by writing it again. Short text goes through one buffer, used within one call only.
 */

type Encoding = 'base64url' | 'utf8'

interface NativeBytes extends Uint8Array {
  write(text: string, offset: number, length: number, encoding: Encoding): number
  toString(encoding?: Encoding, start?: number, end?: number): string
}

interface NativeClass {
  from(text: string, encoding: Encoding): NativeBytes
  from(bytes: ArrayBufferLike, offset: number, length: number): NativeBytes
  allocUnsafeSlow(size: number): NativeBytes
}

const native = (globalThis as { Buffer?: NativeClass }).Buffer
const scratchBytes = 16_384
const scratch = native?.allocUnsafeSlow(scratchBytes)

/** Text as UTF-8, or bytes, to base64url; undefined where the platform does not do it. */
export function toBase64url(value: Uint8Array | string): string | undefined {
  if (native === undefined || scratch === undefined || value.length === 0) return undefined
  if (typeof value !== 'string')
    return native.from(value.buffer, value.byteOffset, value.length).toString('base64url')
  // A character has three bytes at most.
  if (value.length * 3 > scratchBytes) return native.from(value, 'utf8').toString('base64url')
  return scratch.toString('base64url', 0, scratch.write(value, 0, scratchBytes, 'utf8'))
}

/** The bytes of base64url text; undefined unless it is proven that the text is exactly how those bytes are written. */
export function plainBytes(text: string): Uint8Array | undefined {
  const bytes = native?.from(text, 'base64url')
  return bytes?.toString('base64url') === text ? new Uint8Array(bytes) : undefined
}

/** The text in base64url of UTF-8; undefined where that is not proven. A replaced byte and a real U+FFFD look alike. */
export function plainText(text: string): string | undefined {
  if (native === undefined || scratch === undefined) return undefined
  const short = text.length <= scratchBytes
  const bytes = short ? scratch : native.from(text, 'base64url')
  const end = short ? scratch.write(text, 0, scratchBytes, 'base64url') : bytes.length
  if (bytes.toString('base64url', 0, end) !== text) return undefined
  const found = bytes.toString('utf8', 0, end)
  return found.includes('\ufffd') ? undefined : found
}
