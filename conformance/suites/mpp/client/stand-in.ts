/** What the reference is judged with: everything a client can do, and short waits. */
import type { Drive } from '../../../harness/drive.ts'
import { abilities, usualDeposit } from './offers.ts'
import type { ClientOptions } from './subject.ts'

/** Options for a client in the kit's own process, with a chain for each shop. */
export const standInOptions = (drive: Drive, command = drive): ClientOptions => ({
  drive,
  command,
  timeoutMs: 45_000,
  protocol: 'v2',
  suggest: usualDeposit,
  capabilities: new Set(Object.keys(abilities)),
})
