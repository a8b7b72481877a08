/** What the harness passes to a suite: the target, the chain, and what the kit can do with both. */
import type { Statements } from '../kit/suite.ts'
import type { Drive } from './drive.ts'
import type { Environment } from './environment.ts'
import type { Node } from './node.ts'
import type { Instance } from './process.ts'

export interface World {
  /** The URL of the target; empty for a client. */
  url: string
  /** Makes one run of the client. Without it, the suite's own reference is judged. */
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
