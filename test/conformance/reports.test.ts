/** The reports say what the result says, whatever the target wrote into it. */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { junit } from '../../conformance/report/junit.ts'
import { markdown } from '../../conformance/report/markdown.ts'
import type { RunResult } from '../../conformance/runner/result.ts'

const check = (id: string, verdict: RunResult['checks'][number]['verdict'], more: object = {}) => ({
  id,
  scenario: 'mpp/server/voucher',
  requirement: 'SESS-VOUCH-001',
  also: [],
  level: 'MUST' as const,
  verdict,
  message: 'said',
  evidence: { trace: [] },
  ...more,
})

const hostile = '<script>"&\u0000\n| `'
const result: RunResult = {
  kit: { name: 'streamed-payments', version: '0' },
  target: hostile,
  profile: 'mpp',
  role: 'server',
  seed: 's',
  startedAt: '2026-01-01T00:00:00Z',
  finishedAt: '2026-01-01T00:00:01Z',
  planned: 1,
  executed: 1,
  summary: { pass: 1, fail: 2, warn: 0, skip: 1, blocked: 0 },
  checks: [
    check('voucher.good', 'pass'),
    check('voucher.bad', 'fail', { evidence: { expected: '402', actual: hostile, trace: [] } }),
    check('voucher.known', 'fail', { known: 'a reason' }),
    check('voucher.other', 'skip'),
  ],
  audits: [
    {
      scenario: 'mpp/server/voucher',
      rules: [
        { id: 'audit.conserved', verdict: 'pass', message: '' },
        { id: 'audit.captured', verdict: 'fail', message: 'captured 2, delivered 1' },
      ],
      figures: { deposited: '1500', captured: '2' },
    },
  ],
  stale: [],
  harnessErrors: ['broke'],
}

test('JUnit: well formed; new failures and broken money rules are red, known ones are not', () => {
  const text = junit(result)
  expect(XMLValidator.validate(text)).toBe(true)
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: (name) => /^test(suites?|case)$/.test(name),
  })
  const [suites] = parser.parse(text).testsuites
  const [voucher, kit] = suites.testsuite
  expect(voucher).toMatchObject({ tests: '6', failures: '2', errors: '0', skipped: '2' })
  const failed = voucher.testcase
    .filter((each: object) => 'failure' in each)
    .map(({ name }: { name: string }) => name)
  expect(failed).toEqual(['voucher.bad', 'audit.captured'])
  expect(kit.testcase[0].error.message).toBe('broke')
  expect(text).toContain('&lt;script&gt;&quot;&amp;\ufffd&#10;')
})

test('Markdown: one row per check that did not pass; cells cannot break the table', () => {
  const lines = markdown(result).split('\n')
  const rows = lines.filter((line) => line.includes('`voucher.'))
  expect(rows.map((line) => line.split(/(?<!\\)\|/).length)).toEqual([9, 9, 9])
  expect(lines).toContain('| mpp/server/voucher | 4 | 1 | 2 | 0.0015 | 0.000002 |')
  expect(lines.some((line) => line.includes('captured 2, delivered 1'))).toBe(true)
})
