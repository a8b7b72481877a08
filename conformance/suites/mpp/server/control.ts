/** Controls of servers: the reference altered in what the drafts leave free. */
import type { Control } from '../../../kit/control.ts'
import type { Alteration } from '../../../peers/mpp/payee/alteration.ts'
import type { Variant } from '../../../peers/mpp/payee/delivery.ts'
import type { Variation } from '../../../peers/mpp/payee/proxy.ts'

export interface ServerControl extends Control, Pick<Alteration, 'http' | 'offer' | 'options'> {
  /** How a proxy before it says the same. */
  says?: Variation
  /** Another way to send the units of its streams. */
  variant?: Variant
}
