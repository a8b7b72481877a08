/** Faults of servers: the reference, altered. They stand beside the scenario that catches them. */
import { refuse } from '../../../../src/mpp/wire/problem.ts'
import type { Fault } from '../../../kit/fault.ts'
import type { Alteration } from '../../../peers/mpp/payee/alteration.ts'

export interface ServerFault extends Fault, Alteration {}

/** Declares a server fault. */
export const fault = (declared: ServerFault): ServerFault => ({
  made: declared.http !== undefined && declared.rules === undefined ? 'puppet' : 'rule',
  ...declared,
})

/** A rule that never refuses. */
export const ok = (): undefined => undefined

/** A rule that always refuses. */
export const no = () => refuse('verification-failed', 'no')
