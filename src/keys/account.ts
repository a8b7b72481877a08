/** What signs: the one thing that payers, payees and facilitators need of a wallet. */
import type { Hex } from '../codec/hex.ts'

/** Whoever can sign a 32-byte digest: a viem local account is one. Answers 65 bytes r‖s‖v. */
export interface Account {
  address: Hex
  sign(parameters: { hash: Hex }): Promise<Hex>
}
