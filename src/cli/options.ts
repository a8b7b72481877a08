/** Options that several commands read. Each throws `CliError` in one line. */
import { accountFromKey, type KeyAccount } from '../chain/accounts.ts'
import { DecodeError } from '../codec/decode-error.ts'
import * as Hex from '../codec/hex.ts'
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
