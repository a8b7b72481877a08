/** What a scenario of this suite works with. */
import type { SessionProtocol } from '../../../../src/contracts/voucher.ts'
import type { Setting, Shop } from '../../../peers/mpp/payee/shop/shop.ts'
import type { Ability } from './offers.ts'

/** How a shop is opened. */
export interface Opening extends Setting {
  /** Sends the client as a process where it is one, and not as the kit drives it in general. */
  process?: boolean
  /** The account of another shop's payer. */
  payerOf?: Shop
}

export interface Fixtures {
  /** Opens a shop of the kit's with a payer of its own; it closes with the scenario. */
  open(opening?: Opening): Promise<Shop>
  /** A shop like this one that is honest: opened, visited and paid once for the whole scenario. */
  twin(opening: Opening): Promise<Shop>
  /** The protocol that is sold by, where a shop does not say another. */
  protocol: SessionProtocol
  /** Whether the client does something when it is told to. */
  can(ability: Ability): boolean
  /** Remembers what a hostile payee could take at most, in base units. */
  lost(amount: bigint): void
}
