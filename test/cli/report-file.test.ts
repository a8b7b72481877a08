/** Reports that cannot be written: told before the run, and no loss to the other reports after it. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mustBeWritable, writeReport } from '../../conformance/cli/report-file.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'reports-'))

test('a look changes no file and leaves none', () => {
  const [old, fresh] = [join(folder(), 'old.json'), join(folder(), 'new.json')]
  writeFileSync(old, 'of before')
  mustBeWritable([undefined, old, fresh])
  expect(readFileSync(old, 'utf8')).toBe('of before')
  expect(existsSync(fresh)).toBe(false)
})

test.each([
  ['in no folder', (at: string) => join(at, 'none', 'a.json'), 'ENOENT'],
  ['that is a folder', (at: string) => at, 'EISDIR'],
])('a file %s is refused in one line', (_, place, code) => {
  const file = place(folder())
  expect(() => mustBeWritable([file])).toThrow(`cannot write ${file}: ${code}`)
})

test('one that cannot be written after all is told, and others are', async () => {
  const at = folder()
  expect(await writeReport(at, () => 'lost')).toBe(false)
  expect(await writeReport(join(at, 'kept'), async () => 'kept')).toBe(true)
  expect(await writeReport(undefined, () => expect.unreachable())).toBe(true)
  expect(readFileSync(join(at, 'kept'), 'utf8')).toBe('kept')
})
