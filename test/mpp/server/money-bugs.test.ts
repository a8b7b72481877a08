/** The random runs bite: on servers that are wrong in one way each, they say who lost what. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from './money/arbitrary.ts'
import { Violation } from './money/books.ts'
import { bugs } from './money/bugs.ts'
import { nothingYet, runOnce } from './money/run.ts'

test.each(Object.entries(bugs))('%s', async (_, { bug, among, says }) => {
  const found = await fc.check(
    fc.asyncProperty(
      runs(30, among.split(' ')),
      async (run) => void (await runOnce(run, nothingYet(), bug())),
    ),
    { numRuns: 40, endOnFailure: true, seed: 7 },
  )
  expect(found.errorInstance).toBeInstanceOf(Violation)
  expect((found.errorInstance as Violation).message.split('\n')[0]).toMatch(says)
})
