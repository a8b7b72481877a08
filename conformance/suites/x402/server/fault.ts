/** Faults of servers: the reference, altered. They stand beside the scenario that catches them. */
import type { Fault } from '../../../kit/fault.ts'
import type { Alteration } from '../../../peers/x402/payee/alteration.ts'

export interface ServerFault extends Fault, Alteration {}

/** Declares a server fault. */
export const fault = (declared: ServerFault): ServerFault => ({
  made: declared.http === undefined && declared.works === undefined ? 'rule' : 'puppet',
  ...declared,
})
