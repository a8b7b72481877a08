/** The code a decode fails with; undefined when it does not fail. Anything but a DecodeError is a bug and thrown. */
import { DecodeError, type DecodeErrorCode } from '../../src/codec/decode-error.ts'

export function code(decode: () => unknown): DecodeErrorCode | undefined {
  try {
    decode()
    return undefined
  } catch (error) {
    if (error instanceof DecodeError) return error.code
    throw error
  }
}
