/**
 * The unmodified package x402 2.25.0 of Python. Run by `npm run interop:python`; skipped where there is no Python that can
 * make a virtual environment to install it into.
 */
import { spawnSync } from 'node:child_process'
import { beforeAll, describe } from 'vitest'
import { build, loadTarget } from '../../conformance/harness/target.ts'
import { foreignTests } from '../support/x402/foreign.ts'

const names = ['x402-fastapi', 'x402-fastapi-upfront', 'x402-httpx']
const python =
  spawnSync('python3', ['-c', 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))']).status === 0
if (!python)
  process.stderr.write('x402 for Python is skipped: there is no Python 3.11 that makes environments\n')

beforeAll(async () => {
  if (python) await build(loadTarget('x402-fastapi'), (line) => void process.stderr.write(`${line}\n`))
})

describe.skipIf(!python)('x402 for Python', () => foreignTests(names))
