/** Servers that forget idempotency keys when they restart. */
import { fault } from '../fault.ts'
import { keyBuysAnything } from './idempotency.faults.ts'

export const faults = [
  fault({
    name: 'binds-keys-for-as-long-as-it-runs',
    breaks: 'CORE-IDEM-005',
    caughtBy: ['key-restart.other-url', 'audit.captured-is-delivered'],
    http: keyBuysAnything(true),
  }),
]
