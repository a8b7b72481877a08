/** The reports say what the result says, whatever the target wrote into it. */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import type { Made } from '../../conformance/kit/fault.ts'
import { killMatrix } from '../../conformance/kit/kill-matrix.ts'
import { loadRequirements } from '../../conformance/kit/requirements.ts'
import type { RunResult } from '../../conformance/kit/result.ts'
import type { TraceEntry } from '../../conformance/kit/trace.ts'
import { matrixPage } from '../../conformance/report/html/matrix.ts'
import { htmlPage } from '../../conformance/report/html/page.ts'
import { junit } from '../../conformance/report/junit.ts'
import { matrixLines } from '../../conformance/report/kill-matrix.ts'
import { markdown } from '../../conformance/report/markdown.ts'
import { mppServer } from '../../conformance/suites/mpp/server/suite.ts'

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
  learned: ['units: 2 events a unit'],
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
  causes: [],
  withheld: 0,
  audits: [
    {
      scenario: 'mpp/server/voucher',
      rules: [
        { id: 'audit.conserved', verdict: 'pass', message: '' },
        { id: 'audit.captured', verdict: 'fail', message: 'captured 2, delivered 1' },
        { id: 'audit.books', verdict: 'fail', message: 'books say 3', known: 'another reason' },
      ],
      figures: { deposited: '1500', captured: '2' },
    },
  ],
  stale: [],
  harnessErrors: ['broke'],
}

test('JUnit: what kept checks from being judged is told once, with their count', () => {
  const blocked = ['voucher.a', 'voucher.b'].map((id) => check(id, 'blocked', { message: 'no <challenge>' }))
  const text = junit({ ...result, checks: [...result.checks, ...blocked] })
  expect(XMLValidator.validate(text)).toBe(true)
  expect(text).toContain('<property name="2 checks" value="no &lt;challenge&gt;"/>')
  expect(junit(result)).not.toContain('not judged')
})

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
  expect(voucher).toMatchObject({ tests: '7', failures: '2', errors: '0', skipped: '3' })
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
  expect(lines).toContain('- **audit.books** in mpp/server/voucher: books say 3 (known: another reason)')
})

/** What a scenario recorded: an open, three units, a transaction, and a check that was judged on the way. */
const entry = (seq: number, more: object) =>
  ({ seq, atMs: seq, scenario: 'mpp/server/voucher', ...more }) as TraceEntry
const secret = 'k'.repeat(600)
const trace = [
  entry(0, {
    kind: 'request',
    exchange: 1,
    method: 'POST',
    url: 'http://h/poem',
    headers: [['Authorization', `Payment ${secret}`]],
    bodyBytes: 0,
    act: 'open 1000',
    check: 'voucher.bad',
  }),
  entry(1, { kind: 'response', exchange: 1, status: 200, headers: [['Payment-Receipt', secret]] }),
  entry(2, {
    kind: 'money',
    channel: '0xc1',
    figures: { deposit: '4000', accepted: '1000', delivered: '0' },
  }),
  ...[3, 4, 5].flatMap((seq) => [
    entry(seq, { kind: 'event', exchange: 1, event: '', data: '</title><script>alert(1)</script>' }),
    entry(seq, {
      kind: 'money',
      channel: '0xc1',
      figures: { deposit: '4000', accepted: '3000', delivered: `${seq}00` },
    }),
  ]),
  entry(6, {
    kind: 'transaction',
    hash: '0xaa',
    call: 'close',
    status: 'success',
    events: ['ChannelClosed'],
  }),
]
const pageOf = (more: Partial<RunResult> = {}) =>
  htmlPage({
    result: { ...result, ...more },
    trace,
    requirements: loadRequirements(),
    words: mppServer.words,
    replay: 'streamed-payments test server --target t',
  })

test('HTML: well formed whatever the target wrote, nothing from elsewhere, nothing secret', async () => {
  const page = await pageOf()
  expect(XMLValidator.validate(page)).toBe(true)
  expect(page).not.toMatch(/<script|<link|<img|<iframe|\bon[a-z]+=|(?:src|href)="(?!#)|url\(|@import/)
  expect(page).toContain('&lt;script&gt;&quot;&amp;\\u0000')
  expect(page).not.toContain(secret.slice(0, 50))
  expect(page).toContain('streamed-payments test server --target t --only voucher.bad --seed s')
})

test('HTML: failures first, then requirements, then each scenario with its money', async () => {
  const page = await pageOf()
  const order = [
    'captured 2, delivered 1',
    'id="voucher.bad"',
    'books say 3',
    'id="voucher.known"',
    'id="requirements"',
    'id="scenarios"',
  ]
  const places = order.map((text) => page.indexOf(text))
  expect(places).toEqual([...places].sort((a, b) => a - b))
  expect(places[0]).toBeGreaterThan(0)
  expect(page).toContain('2 money rules broken (1 known)')
  expect(page).toContain('⇠ message × 3')
  expect(page).toContain('◆ close 0xaa success ChannelClosed')
  // One channel: its deposit and what was accepted as steps, what was delivered as an area.
  expect(page.match(/<path class="(deposit|accepted|delivered)" d="M[^"]+"/g)).toHaveLength(3)
})

test('the kill matrix names checks that no fault kills, in the terminal and on its page', async () => {
  const fault = (name: string, failed: string[], expected = failed, made: Made = 'rule') => ({
    name,
    suite: 'mpp/server',
    made,
    breaks: 'SESS-VOUCH-001',
    expected,
    failed,
    elsewhere: [],
    killed: expected.every((id) => failed.includes(id)),
    exact: failed.every((id) => expected.includes(id)),
  })
  const matrix = killMatrix(
    [
      fault('one', ['open.a']),
      fault('two', ['open.b', 'close.a'], ['open.b', 'open.c'], 'puppet'),
      fault('three', ['open.a', 'open.b'], ['open.a'], 'generated'),
    ],
    ['open.a', 'open.b', 'open.c'],
  )
  expect(matrix.unkilled).toEqual(['open.c'])
  expect(matrixLines(matrix).map((line) => line.trim().replace(/ +/g, ' '))).toEqual([
    '',
    'kill matrix faults checks killed red too',
    'open 3 2/3 close 1',
    'close 0 1/1',
    '1 change a rule, 1 rewrite messages, 1 are generated',
    '✗ no fault turns open.c red',
  ])
  const page = await matrixPage(matrix)
  expect(XMLValidator.validate(page)).toBe(true)
  expect(
    page.match(/<td[^>]*>[^<]+/g)?.map((cell) => cell.replace(/<td title="([^"]*)">(.)/, '$2 $1')),
  ).toEqual([
    '■ one: open.a',
    '■ two: open.b',
    '✗ two: open.c',
    '+ two: close.a',
    '■ three: open.a',
    '· three: open.b',
  ])
})
