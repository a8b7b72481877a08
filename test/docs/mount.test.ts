/** The examples of docs/mount.md that need nothing but this package; test/guides/mount.test.ts has the others. */
import { expect, test } from 'vitest'
import { buy, sold, typescriptProgram } from '../support/mount.ts'

test.each([
  ['Node', '/'],
  ['Hono', '/api/sessions/poem'],
])('%s', async (heading, path) => {
  expect(await buy({ ...typescriptProgram(heading), path })).toEqual(sold)
})
