/** What a scenario of this suite works with. */

import type { Node } from '../../../harness/node.ts'
import type { Instance } from '../../../harness/process.ts'
import type { Payer } from '../../../peers/mpp/payer/payer.ts'
import type { Subject } from '../../../peers/mpp/payer/subject.ts'

export interface Fixtures {
  subject: Subject
  payer: Payer
  /** `count` units' price, in base units. */
  units(count: number): bigint
  /** Another payer with money of its own; for another resource, if one is named. */
  anotherPayer(on?: Subject): Promise<Payer>
  /** The kit's node between server and chain; the scenario needs `node`. */
  node: Node
  /** Starts another instance of the server, which ends with the scenario; the scenario needs `start`. */
  launch(env?: Readonly<Record<string, string>>): Promise<Instance>
}
