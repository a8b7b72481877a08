/** What a scenario of this suite works with. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import type { Caller } from '../../../peers/x402/payer/caller.ts'

export interface Fixtures {
  caller: Caller
  /** Versions that it settles. Every scenario runs in each of them; a check keeps its worst finding. */
  versions: readonly Version[]
}
