/** Faults and controls of clients: the reference, altered. They stand beside the scenario that catches them. */
import type { Control } from '../../../kit/control.ts'
import type { Fault } from '../../../kit/fault.ts'
import type { Ability } from './offers.ts'
import type { ClientVariant } from './reference.ts'

export interface ClientFault extends Fault {
  role: 'client'
  variant: ClientVariant
}

/** Declares a client fault. */
export const fault = (declared: Omit<ClientFault, 'role'>): ClientFault => ({
  role: 'client',
  made: declared.variant.fetch !== undefined && declared.variant.rules === undefined ? 'puppet' : 'rule',
  ...declared,
})

/** Declares faults of one feature: `caughtBy` names its checks without the feature. */
export const faultsOf =
  (feature: string) =>
  (
    name: string,
    breaks: string,
    caughtBy: readonly string[],
    variant: ClientVariant,
    like: readonly string[] = [],
  ): ClientFault =>
    fault({ name, breaks, caughtBy: caughtBy.map((check) => `${feature}.${check}`), variant, like })

/** A lawful client that chooses otherwise. */
export interface ClientControl extends Control {
  variant: ClientVariant
  /** What it does not do, though it is told to. */
  lacks?: readonly Ability[]
}

/** A rule that lets everything pass. */
export const ok = (): undefined => undefined
