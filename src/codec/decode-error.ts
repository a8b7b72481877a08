/** Why an input could not be decoded. Stable: vectors, adapters and callers match on these. */
export type DecodeErrorCode =
  | 'too-large'
  | 'empty'
  | 'bad-character'
  | 'bad-padding'
  | 'bad-length'
  | 'non-canonical'
  | 'bad-utf8'
  | 'bad-json'
  | 'duplicate-key'
  | 'lone-surrogate'
  | 'too-deep'
  | 'bad-number'
  | 'bad-syntax'
  | 'unterminated-quote'
  | 'control-character'
  | 'duplicate-parameter'
  | 'wrong-scheme'
  | 'missing'
  | 'wrong-type'
  | 'bad-value'
  | 'out-of-range'

/** Where and why, beside the code. */
export interface DecodeErrorOptions {
  /** Member names and array indexes from the root of the decoded value. */
  path?: readonly (string | number)[]
  /** Offset in characters (text) or bytes (binary) where the input breaks. */
  at?: number
  cause?: unknown
}

/**
 * Malformed input. Every `decode` of this package returns or throws this, never anything else.
 *
 * The message says what was wrong, never the whole input: inputs may hold secrets.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
  readonly code: DecodeErrorCode
  readonly path: readonly (string | number)[]
  readonly at: number | undefined

  constructor(code: DecodeErrorCode, message: string, options: DecodeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.path = options.path ?? []
    this.at = options.at
  }

  /** The same failure seen from an enclosing value: its path is prefixed. */
  within(...prefix: (string | number)[]): DecodeError {
    const options: DecodeErrorOptions = { path: [...prefix, ...this.path], cause: this.cause }
    if (this.at !== undefined) options.at = this.at
    return new DecodeError(this.code, this.message, options)
  }
}

/** Runs a decoder on a part of a larger value: its failures name the part too. */
export function inside<T>(prefix: readonly (string | number)[], decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    throw error instanceof DecodeError ? error.within(...prefix) : error
  }
}
