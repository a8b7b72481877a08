/**
 * Faults: reference servers that are wrong in exactly one named way. They prove the checks: each check must turn red
 * for its fault and stay green without it.
 */
import type { Alteration } from '../../../peers/mpp/payee/alteration.ts'

export interface ServerFault extends Alteration {
  name: string
  role: 'server'
  /** The requirement it breaks. */
  breaks: string
  /** The checks that must turn red: these, and in the scenarios that hold them no others. */
  caughtBy: readonly string[]
  /** Features to run it against, where only the money audit notices it. */
  during?: readonly string[]
  /** Bugs of the field it resembles: an advisory, or an entry of the list of field bugs. */
  like?: readonly string[]
}

/** Declares a server fault. */
export const fault = (declared: Omit<ServerFault, 'role'>): ServerFault => ({ role: 'server', ...declared })

/** The reference as it is: what every fault is told apart from. No check may turn red for it. */
export const unbroken = fault({ name: 'unbroken', breaks: '', caughtBy: [] })

/** A rule that never refuses. */
export const ok = (): undefined => undefined
