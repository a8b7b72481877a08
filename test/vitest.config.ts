/** Tests mirror the tree; the closing line is `N passed, N failed`. */
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './sequencer.ts'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // The long files wait for processes of their own much of their time: three at once keep two cores busy.
    maxWorkers: 3,
    // Modules keep no state from one test to the next: they are loaded once, not once for each file.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    include: ['test/**/*.test.ts'],
    // A guard against hanging, not a measure of speed: a busy machine is many times slower.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Commands pay from development accounts, whatever accounts a developer has.
    env: { ACCOUNTS_DIR: '.cache/no-accounts' },
    reporters: ['default', './test/reporter.ts'],
  },
})
