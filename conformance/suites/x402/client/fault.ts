/** Faults of clients: the reference, altered. They stand beside the scenario that catches them. */
import type { Fault } from '../../../kit/fault.ts'
import type { ClientVariant } from './reference.ts'

export interface ClientFault extends Fault, ClientVariant {}

/** Declares a fault of clients. */
export const fault = (declared: ClientFault): ClientFault => ({ made: 'rule', ...declared })
