/** The random runs bite: on servers that are wrong in one way each, they say who lost what. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs, unmended } from './money/arbitrary.ts'
import { Violation } from './money/books.ts'
import { bugs } from './money/bugs.ts'
import { nothingYet, runOnce } from './money/run.ts'

/** A bug that is not planted yet: the reference has it still. */
const known = unmended.has('page.fail') ? 'charges for content that failed' : undefined

test.each(Object.entries(bugs).filter(([name]) => name !== known))('%s', async (_, { bug, says }) => {
  const found = await fc.check(
    fc.asyncProperty(
      runs(50, unmended),
      async (run) => void (await runOnce(run, nothingYet(), bug(), false)),
    ),
    { numRuns: 40, endOnFailure: true, seed: 7 },
  )
  expect(found.errorInstance).toBeInstanceOf(Violation)
  expect((found.errorInstance as Violation).message.split('\n')[0]).toMatch(says)
})
