/**
 * `streamed-payments/vectors`: the language-neutral test vectors, this library's answers to them, and a runner that holds
 * another implementation to them. The files themselves are `streamed-payments/vectors/*.json`. Needs Node.
 * @module
 */

export { type Adapter, commandAdapter, loadAdapter } from './vectors/adapter.ts'
export { type FlagName, flags } from './vectors/flags.ts'
export { loadVectors } from './vectors/generate.ts'
export { type Answer, answer, ops, type Request } from './vectors/ops.ts'
export { type CaseResult, compareKnown, runVectors } from './vectors/run.ts'
export { schema, type VectorCase, type VectorFile, type VectorGroup } from './vectors/vector.ts'
