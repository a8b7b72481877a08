/** The tests that judge the wire layer, and no others: each mutant runs those of them that reach it. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/{codec,mpp}/**/*.test.ts'],
    // Too many inputs for every mutant; what they found is a test of its own.
    exclude: ['**/fuzz.test.ts'],
    reporters: ['default'],
  },
})
