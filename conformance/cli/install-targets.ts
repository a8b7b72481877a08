/** `npm run targets`: installs the targets that run on Node alone, so that the tests can judge them. */
import { fileURLToPath } from 'node:url'
import { print } from '../../src/cli/output.ts'
import { install, loadTarget, targetNames } from '../harness/target.ts'

/** Packages that the tests let deal with ours, and that no suite judges. */
const partners = [
  {
    name: 'x402',
    version: '2.27.0',
    install: 'npm ci',
    folder: fileURLToPath(new URL('../targets/x402', import.meta.url)),
  },
]

// Side by side: npm waits for the network and the disk most of the time.
const judged = targetNames()
  .map(loadTarget)
  .filter(({ apart, dependencies }) => !apart && dependencies === undefined)
await Promise.all([...judged, ...partners].map((target) => install(target, print)))
