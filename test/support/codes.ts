/** How a decode fails. Anything but a DecodeError, and one that does not say why, is a bug and thrown. */
import { DecodeError, type DecodeErrorCode } from '../../src/codec/decode-error.ts'

/** The code a decode fails with; undefined when it does not fail. */
export const code = (decode: () => unknown): DecodeErrorCode | undefined => refusal(decode)?.code

/** The failure of a decode: its code, and where the input breaks; undefined when it does not fail. */
export function refusal(
  decode: () => unknown,
): { code: DecodeErrorCode; at?: number; path?: string } | undefined {
  try {
    decode()
    return undefined
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    if (error.message.trim() === '')
      throw new Error(`a ${error.code} that says nothing: every refusal has a reason`)
    return {
      code: error.code,
      ...(error.at === undefined ? {} : { at: error.at }),
      ...(error.path.length === 0 ? {} : { path: error.path.join('.') }),
    }
  }
}
