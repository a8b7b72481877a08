/** The tables of what is tried: every row is a check with a fault, every cell tries something or says why not. */
import { expect, test } from 'vitest'
import { suites } from '../../conformance/suites/index.ts'
import { cli } from '../support/cli.ts'

const tables = suites.flatMap((suite) =>
  suite.scenarios.flatMap(({ id, checks, cells }) =>
    cells === undefined ? [] : { suite, id, checks, cells },
  ),
)

test('there are tables of the echo and of the payload', () => {
  expect(tables.map(({ id }) => id)).toEqual([
    'mpp/server/echo',
    'mpp/server/members',
    'mpp/server/v1-members',
  ])
})

test.each(tables)(
  '$id: rows are its checks, each caught by a fault; empty cells have a reason',
  async (table) => {
    const { suite, checks, cells } = table
    const caught = new Set((await suite.faults()).flatMap(({ caughtBy }) => caughtBy))
    for (const row of cells.rows) {
      expect(Object.keys(checks)).toContain(row)
      expect(caught).toContain(row)
      const found = cells.columns.map((column) => cells.cell(row, column))
      for (const cell of found)
        expect('tries' in cell ? cell.tries.length > 0 : /\w+ \w+/.test(cell.empty)).toBe(true)
      expect(found.some((cell) => 'tries' in cell)).toBe(true)
    }
  },
)

test('`list coverage` shows them, with the reasons of empty cells', async () => {
  const { stdout } = await cli('list', 'coverage')
  expect(stdout).toMatch(/^ {2}echo\.realm( +2){12}$/m)
  expect(stdout).toMatch(/^ {2}echo\.request( +7){12}$/m)
  expect(stdout).toMatch(/^ {2}members\.signature( +2){6}( +[a-z]){3}( +2){3}$/m)
  expect(stdout).toContain('a top-up is signed by its transaction alone')
})
