/**
 * What a check costs: its requirement, the check in a scenario, the fault beside the scenario. A script adds a sample to
 * a copy of the tree; nothing else is told of it, and it is listed, green on the reference, and red under its fault.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { node } from '../support/cli.ts'

const room = 'conformance/suites/mpp/server/payment'
const trees = ['conformance', 'src', 'spec', 'vectors', 'package.json', 'package-lock.json']
const files = execFileSync('git', ['ls-files', '-z', ...trees])
  .toString()
  .split('\0')
  .filter((file) => file !== '')

/** The three edits: the file, the text after which something is added, and what. */
const edits = [
  [
    'spec/requirements/mpp/core-status.yaml',
    '',
    `
- id: SAMPLE-001
  level: MUST
  role: server
  basis: normative
  source: nowhere
  observable: wire
  statement: Answer without a field that was made up for this sample.
`,
  ],
  [`${room}/status.ts`, "    'status.not-found': 'CORE-STAT-012',\n", "    'status.sample': 'SAMPLE-001',\n"],
  [
    `${room}/status.ts`,
    'async run(t, { subject, payer }: Fixtures) {\n',
    `    await t.check('status.sample', async () => {
      const answer = await subject.request()
      answer.abort()
      return holdsIf(answer.field('sample') === undefined, 'no such field', 'one')
    })
`,
  ],
  [
    `${room}/status.faults.ts`,
    'export const faults = [\n',
    `  fault({
    name: 'sends-the-sample',
    breaks: 'SAMPLE-001',
    caughtBy: ['status.sample'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      response.headers.set('sample', '1')
      return response
    },
  }),
`,
  ],
] as const

const copy = mkdtempSync(join(tmpdir(), 'sample-check-'))
for (const file of files) {
  mkdirSync(join(copy, dirname(file)), { recursive: true })
  cpSync(file, join(copy, file))
}
symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'))
for (const [file, after, added] of edits) {
  const path = join(copy, file)
  const text = readFileSync(path, 'utf8')
  const at = after === '' ? text.length : text.indexOf(after) + after.length
  if (at < after.length) throw new Error(`${file} has no ${after}`)
  writeFileSync(path, text.slice(0, at) + added + text.slice(at))
}
afterAll(() => rmSync(copy, { recursive: true }))

const kit = (...args: string[]) => node(join(copy, 'conformance/cli/start.mjs'), 'main', ...args)

test('three files are touched', () => {
  const touched = files.filter((file) => !readFileSync(file).equals(readFileSync(join(copy, file))))
  expect(touched).toHaveLength(3)
})

test('the requirement, its check and its fault are listed', async () => {
  const listed = async (what: string) =>
    (await kit('list', what)).stdout.split('\n').filter((line) => /SAMPLE-001/.test(line))
  expect(await listed('requirements')).toEqual([expect.stringMatching(/ status\.sample$/)])
  expect(await listed('scenarios')).toEqual([expect.stringContaining('status.sample')])
  expect(await listed('faults')).toEqual([expect.stringMatching(/^sends-the-sample .* status\.sample$/)])
})

test('the check is green on the reference', async () => {
  const { code, stdout } = await kit('test', 'server', '--target', 'reference', '--only', 'status.sample')
  expect(stdout).toMatch(/1 passed, 0 failed/)
  expect(code).toBe(0)
})

test('it is red under its fault, and nothing else is', async () => {
  const { code, stdout } = await kit('selftest', '--only', 'sends-the-sample')
  expect(stdout).toMatch(/✓ sends-the-sample +status\.sample\n/)
  expect(code).toBe(0)
})
