/** The tests that judge the wire layer, and no others: each mutant runs those of them that reach it. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/{codec,mpp}/**/*.test.ts'],
    reporters: ['default'],
  },
})
