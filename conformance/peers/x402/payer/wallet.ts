/** What a payer of the kit signs with: a key, and nonces that were not used before. Both derive from a seed. */
import type { Bytes32 } from '../../../../src/codec/hex.ts'
import { accountFromKey, type KeyAccount } from '../../../../src/keys/accounts.ts'
import { keccakText } from '../../../../src/keys/keccak.ts'
import type * as Required from '../../../../src/x402/wire/required.ts'
import type * as Requirements from '../../../../src/x402/wire/requirements.ts'
import { type Change, type Signed, sign } from './sign.ts'

export class Wallet {
  readonly account: KeyAccount
  readonly #seed: string
  #count = 0

  constructor(seed: string) {
    this.#seed = seed
    this.account = accountFromKey(keccakText(`x402 payer ${seed}`))
  }

  /** A value that no other has; it tells nothing of the seed. */
  fresh(what: string): Bytes32 {
    return keccakText(`${what} ${this.#seed} ${++this.#count}`)
  }

  /** Signs what is asked, but for what is changed. */
  sign(
    required: Required.Required,
    asked: Requirements.Requirements,
    chainId: number,
    change: Change = {},
  ): Promise<Signed> {
    const now = Math.floor(Date.now() / 1000)
    return sign(required, asked, { account: this.account, chainId, nonce: this.fresh('nonce'), now }, change)
  }
}
