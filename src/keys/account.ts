/** What signs: the one thing that payers, payees and facilitators need of a wallet. */
import type { Hex } from '../codec/hex.ts'

/** Signs 32-byte digests, such as a viem local account. `sign` answers 65 bytes: r, s and v. */
export interface Account {
  address: Hex
  sign(parameters: { hash: Hex }): Promise<Hex>
}
