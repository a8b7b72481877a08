/** What a scenario of this suite works with. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import type { Setting, Shop } from '../../../peers/x402/payee/shop/shop.ts'

export interface Fixtures {
  /** Opens a shop; it closes with the scenario. */
  open(setting: Setting): Promise<Shop>
  /** Versions the client pays by. Every scenario runs in each of them; a check keeps its worst finding. */
  versions: readonly Version[]
  /** Whether the client pays only the addresses that it was told to pay. */
  picky: boolean
  /** It prints the text of a chat. */
  chats: boolean
}
