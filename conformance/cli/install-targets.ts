/** `npm run targets`: installs the targets that run on Node alone, so that the tests can judge them. */
import { print } from '../../src/cli/output.ts'
import { install, loadTarget, targetNames } from '../harness/target.ts'

// Side by side: npm waits for the network and the disk most of the time.
await Promise.all(
  targetNames()
    .map(loadTarget)
    .filter(({ apart }) => !apart)
    .map((target) => install(target, print)),
)
