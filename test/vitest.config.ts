/** Tests mirror the tree; the closing line is `N passed, N failed`. */
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './sequencer.ts'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // Most files wait for a process of their own: two at once halve the time on two cores.
    maxWorkers: 2,
    // Modules keep no state from one test to the next: they are loaded once, not once for each file.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    include: ['test/**/*.test.ts'],
    // A guard against hanging, not a measure of speed: a busy machine is many times slower.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ['default', './test/reporter.ts'],
  },
})
