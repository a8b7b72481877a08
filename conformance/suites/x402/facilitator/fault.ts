/** Faults of facilitators: the reference, altered. They stand beside the scenario that catches them. */
import type { Handler } from '../../../../src/http/handler.ts'
import type { Facilitator } from '../../../../src/x402/wire/facilitator-api.ts'
import type { Fault } from '../../../kit/fault.ts'

export interface FacilitatorFault extends Fault {
  /** Puts something around it. */
  around?: (own: Facilitator) => Facilitator
  /** Wraps its HTTP handler. */
  http?: (handler: Handler) => Handler
}

/** Declares a fault of facilitators. */
export const fault = (declared: FacilitatorFault): FacilitatorFault => ({
  made: declared.http === undefined ? 'rule' : 'puppet',
  ...declared,
})
