/** What a suite is handed: where the target is, the chain, and the kit's powers over it. */
import type { Statements } from '../kit/suite.ts'
import type { Drive } from './drive.ts'
import type { Environment } from './environment.ts'
import type { Node } from './node.ts'
import type { Instance } from './process.ts'

export interface World {
  /** Where the target is reached; empty for a client, which is started by its command. */
  url: string
  /** Makes the target do one errand, for a client; the suite's own reference is judged where there is none. */
  drive?: Drive | undefined
  /** As `drive`, by a process: what the command line shows can be judged there. */
  command?: Drive | undefined
  environment: Environment
  /** Longest wait for one answer, in milliseconds. */
  timeoutMs: number
  /** Optional resources: name -> path. */
  resources: Readonly<Record<string, string>>
  statements: Statements
  /** The kit's own node between the target and its chain, where there is one. */
  node?: Node | undefined
  /** Starts another instance of the target, where the kit can. */
  launch?: Start | undefined
}

/** Starts an instance with more environment than all of them have. */
export type Start = (env?: Readonly<Record<string, string>>) => Promise<Instance>
