/** What the terminal says of a run: why checks were skipped, and commands that repeat what failed. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { defaultTimeout, replay } from '../../conformance/cli/replay.ts'
import { loadRequirements } from '../../conformance/kit/requirements.ts'
import type { RunResult } from '../../conformance/kit/result.ts'
import { whyNot } from '../../conformance/peers/mpp/offers.ts'
import { stated } from '../../conformance/peers/mpp/payer/units/stated.ts'
import { shellWord, summary } from '../../conformance/report/text.ts'
import { mppServer } from '../../conformance/suites/mpp/server/suite.ts'

const requirements = loadRequirements()

const check = (id: string, verdict: RunResult['checks'][number]['verdict'], message = '') => ({
  id,
  scenario: 'mpp/server/voucher',
  requirement: 'SESS-VOUCH-001',
  also: [],
  level: 'MUST' as const,
  verdict,
  message,
  evidence: { trace: [] },
})

const result = (checks: RunResult['checks'], seed = 's'): RunResult => ({
  kit: { name: 'streamed-payments', version: '0' },
  target: 't',
  profile: 'mpp',
  role: 'server',
  seed,
  startedAt: '2026-01-01T00:00:00Z',
  finishedAt: '2026-01-01T00:00:01Z',
  planned: 1,
  executed: 1,
  summary: { pass: 0, fail: 0, warn: 0, skip: checks.length, blocked: 0 },
  checks,
  learned: [],
  causes: [],
  withheld: 0,
  audits: [],
  stale: [],
  harnessErrors: [],
})

test('reasons for skipping are counted, the one that keeps most back first', () => {
  const plain = whyNot('plain')
  const lines = summary(
    result([
      check('a', 'skip', 'another reason'),
      check('b', 'skip', plain),
      check('c', 'skip', plain),
      check('d', 'pass'),
    ]),
    requirements,
    '',
  )
  const title = '  skipped, and what would have it judged'
  const at = lines.indexOf(title)
  expect(lines.slice(at, at + 3)).toEqual([
    title,
    '      2   add --resource plain=PATH, one charged unit for each whole response: whole responses: each charged once, none on credit, in races and in repeats',
    '      1   another reason',
  ])
  expect(summary(result([check('d', 'pass')]), requirements, '')).not.toContain(title)
})

test('a replay names what the run was given, but for its key', () => {
  const options = {
    profile: 'mpp',
    start: "node server.mjs --name 'a b'",
    rpcUrl: 'http://127.0.0.1:8545',
    privateKey: '0xsecret',
    resource: { plain: '/one?a=1&b=2' },
    accept: '*/*',
    timeout: defaultTimeout + 1,
    stateDir: '/state',
    kills: 3,
    deposit: 1_500_000n,
    unit: stated('free=1,events=2,units=3,data=^\\w'),
    baseline: true,
  }
  const command = replay(mppServer, { url: 'http://127.0.0.1:{port}/poem' }, options)
  expect(wordsOf(command)).toEqual([
    'streamed-payments',
    'test',
    'server',
    'http://127.0.0.1:{port}/poem',
    '--start',
    options.start,
    '--rpc-url',
    options.rpcUrl,
    '--resource',
    'plain=/one?a=1&b=2',
    '--timeout',
    '11',
    '--accept',
    '*/*',
    '--deposit',
    '1.500',
    '--unit',
    'free=1,events=2,units=3,data=^\\w',
    '--kills',
    '3',
  ])
  const plain = {
    profile: 'mpp',
    target: 'mppx',
    resource: {},
    timeout: defaultTimeout,
    stateDir: '/state',
    baseline: true,
  }
  expect(replay(mppServer, {}, plain)).toBe('streamed-payments test server --target mppx')
})

test('a failure is told with a command a shell reads as it was meant', () => {
  const seed = `it's "a" $(seed) \`of\` many; words`
  const lines = summary(result([check('voucher.x', 'fail')], seed), requirements, 'kit test')
  const line = lines.find((text) => text.trim().startsWith('replay'))
  expect(wordsOf(line ?? '').slice(1)).toEqual(['kit', 'test', '--only', 'voucher.x', '--seed', seed])
  for (const text of ['', 'plain', '*.x', '~', '#', '-n', 'a\nb'])
    expect(wordsOf(shellWord(text))).toEqual([text])
})

/** The words a POSIX shell makes of a text. */
const wordsOf = (text: string): string[] =>
  execFileSync('sh', ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)

test('a failure names bugs it may be like: three in the terminal', () => {
  const like = ['one/x#1', 'two/x#2', 'three/x#3', 'four/x#4']
  const told = (bugs: string[]) =>
    summary(result([{ ...check('a', 'fail'), like: bugs }]), requirements, '').find((line) =>
      line.trim().startsWith('like'),
    )
  expect(told(like)).toBe('    like      one/x#1, two/x#2, three/x#3 and 1 more')
  expect(told(like.slice(0, 1))).toBe('    like      one/x#1')
  expect(told([])).toBeUndefined()
})

test('what a target says is one line of text, wherever it stands', () => {
  const said = 'a\u001b[2J\r\n  600 passed, 0 failed\u009b\u202e'
  const failing = { ...check('a', 'fail', said), evidence: { expected: 'b', actual: said, trace: [] } }
  const all = [failing, check('c', 'blocked', said), check('d', 'skip', said)]
  const lines = summary({ ...result(all), harnessErrors: [] }, requirements, '')
  for (const line of lines) {
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
    expect(line).not.toMatch(/^ *600 passed/)
  }
})
