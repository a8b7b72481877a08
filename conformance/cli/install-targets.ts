/** `npm run targets`: installs the targets that run on Node alone, so that the tests can judge them. */
import { print } from '../../src/cli/output.ts'
import { install, loadTarget, targetNames } from '../runner/target.ts'

for (const name of targetNames()) await install(loadTarget(name), print)
