/** Options that several commands read. Each throws `CliError` in one line. */

import { readFileSync } from 'node:fs'
import { Option } from 'commander'
import { DecodeError } from '../codec/decode-error.ts'
import * as Hex from '../codec/hex.ts'
import * as Uint from '../codec/uint.ts'
import { accountFromKey, type KeyAccount } from '../keys/accounts.ts'
import { CliError } from './output.ts'

/** A private key, or with `@` before it the file that holds one: what stands in argv every user of a machine can read. */
export function account(text: string): KeyAccount {
  const privateKey = text.startsWith('@') ? keyIn(text.slice(1)) : text
  try {
    return accountFromKey(privateKey)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof RangeError)
      throw new CliError('a private key is 32 bytes of hex with 0x')
    throw error
  }
}

function keyIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new CliError(`cannot read the private key in ${file}: ${(error as NodeJS.ErrnoException).code}`)
  }
}

/** `--private-key`, which may come by the environment too. */
export const keyOption = (whose: string, variable: string): Option =>
  new Option('--private-key <hex>', `${whose}; @FILE reads it from a file`).env(variable)

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
