/** Options that several commands read. Each throws `CliError` in one line. */

import { DecodeError } from '../codec/decode-error.ts'
import * as Hex from '../codec/hex.ts'
import * as Uint from '../codec/uint.ts'
import { accountFromKey, type KeyAccount } from '../keys/accounts.ts'
import { CliError } from './output.ts'

/** A private key. */
export function account(privateKey: string): KeyAccount {
  try {
    return accountFromKey(privateKey)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof RangeError)
      throw new CliError('a private key is 32 bytes of hex with 0x')
    throw error
  }
}

/** An account or contract. */
export function address(text: string): Hex.Address {
  try {
    return Hex.address(text)
  } catch (error) {
    if (error instanceof DecodeError) throw new CliError(`expected an address, got ${JSON.stringify(text)}`)
    throw error
  }
}

/** An amount in tokens, like 0.001, to base units. */
export function tokens(text: string): bigint {
  try {
    return Uint.fromDecimal(text)
  } catch (error) {
    if (error instanceof DecodeError)
      throw new CliError(`expected an amount like 0.001, got ${JSON.stringify(text)}`)
    throw error
  }
}
