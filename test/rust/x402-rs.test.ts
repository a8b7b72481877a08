/**
 * The unmodified crates x402-axum and x402-reqwest 2.0.2. Run by `npm run interop:rust`; skipped where there is no cargo to
 * build them with.
 */
import { spawnSync } from 'node:child_process'
import { beforeAll, describe } from 'vitest'
import { build, loadTarget } from '../../conformance/harness/target.ts'
import { foreignTests } from '../support/x402/foreign.ts'

const cargo = spawnSync('cargo', ['--version']).status === 0
if (!cargo) process.stderr.write('x402-rs is skipped: there is no cargo to build it with\n')

/** Hundreds of crates, where they were not built before. */
const buildMs = 3_600_000

beforeAll(async () => {
  if (cargo) await build(loadTarget('x402-axum'), (line) => void process.stderr.write(`${line}\n`))
}, buildMs)

describe.skipIf(!cargo)('x402-rs', () => foreignTests(['x402-axum', 'x402-axum-upfront', 'x402-reqwest']))
