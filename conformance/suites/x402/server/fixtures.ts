/** What a scenario of this suite works with. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import type { Instance } from '../../../harness/process.ts'
import type { Facilitator } from '../../../peers/x402/facilitator.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'
import type { Subject } from '../../../peers/x402/payer/subject.ts'
import type { Upstream } from '../../../peers/x402/upstream.ts'

export interface Fixtures {
  subject: Subject
  payer: Payer
  /** Versions that can be paid. Every scenario runs in each of them; a check keeps its worst finding. */
  versions: readonly Version[]
  /** The model of the kit behind the server; the scenario needs `upstream`. */
  upstream: Upstream
  /** The facilitator of the kit; the scenario needs `facilitator`. */
  facilitator: Facilitator
  /** Starts another of the server, which may be killed; it ends with the scenario. The scenario needs `start`. */
  launch(): Promise<Instance>
}
