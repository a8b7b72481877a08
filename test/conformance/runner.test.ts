/** The runner on its own: verdicts, plans, baselines, blocked checks, globs. */
import { performance } from 'node:perf_hooks'
import { describe, expect, test } from 'vitest'
import { patience } from '../../conformance/harness/patience.ts'
import { type BaselineEntry, compare } from '../../conformance/kit/baseline.ts'
import { loadRequirements } from '../../conformance/kit/requirements.ts'
import { exitCode, schema, toResult } from '../../conformance/kit/result.ts'
import { globMatcher, plan, type Runnable, run } from '../../conformance/kit/run.ts'
import { scenario } from '../../conformance/kit/scenario.ts'
import type { Tester } from '../../conformance/kit/tester.ts'
import { redact } from '../../conformance/kit/trace.ts'
import {
  absent,
  Blocked,
  broken,
  equal,
  holds,
  SetupError,
  TargetError,
  unjudged,
} from '../../conformance/kit/verdict.ts'

const requirements = loadRequirements()
const words = { secretFields: ['x-payment'], controlEvents: [] }
const must = 'CORE-STAT-001'
const should = 'CORE-CHAL-014'

/** A suite of one scenario. */
function suiteOf(
  checks: Record<string, string | [string, ...string[]]>,
  story: (t: Tester<string>) => Promise<void>,
  needs: 'stream'[] = [],
  audited: 'pass' | 'fail' = 'pass',
): Runnable<undefined> {
  const only = scenario<undefined, string>({ id: 'x/server/one', title: 'one', needs, checks, run: story })
  const rules = [{ id: 'audit.x', verdict: audited, message: 'one lost' }]
  return {
    scenarios: [only],
    stage: async () => ({
      fixtures: undefined,
      audit: async () => ({ scenario: 'x/server/one', rules, figures: {} }),
      end: async () => undefined,
    }),
  }
}
const options = { requirements, capabilities: new Set<never>() }
const verdicts = async (suite: Runnable<undefined>, more: object = {}) => {
  const [result] = await run(suite, { ...options, ...more })
  return Object.fromEntries((result?.checks ?? []).map(({ id, verdict }) => [id, verdict]))
}

describe('verdicts', () => {
  test('follow the finding and the level', async () => {
    const suite = suiteOf({ a: must, b: must, c: should, d: must, e: must, f: must, g: must }, async (t) => {
      await t.check('a', () => holds)
      await t.check('b', () => broken('x', 'y'))
      await t.check('c', () => broken('x', 'y'))
      await t.check('d', () => broken('x', 'y', { softly: true }))
      await t.check('e', () => absent('no such thing'))
      await t.check('f', () => unjudged('no twin'))
      await t.check('g', () => Promise.reject(new TargetError('it hung up')))
    })
    expect(await verdicts(suite)).toEqual({
      a: 'pass',
      b: 'fail',
      c: 'warn',
      d: 'warn',
      e: 'skip',
      f: 'blocked',
      g: 'fail',
    })
  })

  test('the worst of several findings stays', async () => {
    const suite = suiteOf({ a: must }, async (t) => {
      await t.check('a', () => equal(1, 2))
      await t.check('a', () => holds)
    })
    expect(await verdicts(suite)).toEqual({ a: 'fail' })
  })

  test('a story that ends early blocks what it did not reach', async () => {
    const suite = suiteOf({ a: must, b: must }, async (t) => {
      await t.check('a', () => holds)
      throw new Blocked('no channel')
    })
    const [result] = await run(suite, options)
    expect(result?.checks.map(({ verdict, message }) => [verdict, message])).toEqual([
      ['pass', requirements.get(must)?.statement],
      ['blocked', 'no channel'],
    ])
    expect(result?.audit?.rules).toHaveLength(1)
  })

  test('a missing capability skips the whole scenario', async () => {
    const suite = suiteOf({ a: must }, () => Promise.reject(new Error('must not run')), ['stream'])
    expect(await verdicts(suite)).toEqual({ a: 'skip' })
  })

  test("the kit's own failure is blamed on the kit", async () => {
    const suite = suiteOf({ a: must }, () => Promise.reject(new TypeError('oops')))
    const [result] = await run(suite, options)
    expect(result?.checks[0]?.verdict).toBe('blocked')
    expect(result?.harnessError).toContain('oops')
  })

  test('an undeclared check is a failure of the kit', async () => {
    const suite = suiteOf({ a: must }, (t) => t.check('b', () => holds))
    const [result] = await run(suite, options)
    expect(result?.harnessError).toContain('not declared')
  })

  test('a set-up that fails ends the run', async () => {
    const suite = suiteOf({ a: must }, () => Promise.reject(new SetupError('no money')))
    await expect(run(suite, options)).rejects.toThrow('no money')
  })
})

describe('plans', () => {
  const suite = suiteOf({ 'one.a': must, 'one.b': must }, async (t) => {
    await t.check('one.a', () => holds)
    await t.check('one.b', () => holds)
  })
  test.each([
    ['one', ['one.a', 'one.b']],
    ['x/*', ['one.a', 'one.b']],
    ['one.a', ['one.a']],
    ['one.?', ['one.a', 'one.b']],
    ['two,one.b', ['one.b']],
    ['two', []],
  ])('--only %s', async (only, expected) => {
    expect(plan(suite, only).length).toBe(expected.length > 0 ? 1 : 0)
    expect(Object.keys(await verdicts(suite, { only }))).toEqual(expected)
  })
  test('globs are literal but for their stars', () => {
    expect(globMatcher('a.b')('axb')).toBe(false)
    expect(globMatcher('a(*)')('a(x)')).toBe(true)
  })
})

describe('results', () => {
  const suite = suiteOf({ bad: must, good: must, soft: should }, async (t) => {
    await t.check('bad', () => broken('x', 'y'))
    await t.check('good', () => holds)
    await t.check('soft', () => broken('x', 'y'))
  })
  const judged = async (baseline: BaselineEntry[], planned = 1, of = suite) => {
    const scenarios = await run(of, options)
    const compared = compare(scenarios, baseline)
    const result = toResult({
      kit: { name: 'k', version: '0' },
      target: 't',
      profile: 'x',
      role: 'server',
      words,
      seed: 's',
      startedAt: new Date(),
      finishedAt: new Date(),
      planned,
      scenarios,
      baseline,
      compared,
      like: new Map(['good', 'bad'].map((id) => [id, [`bug of ${id}`]])),
    })
    return { result, code: exitCode(result, compared) }
  }
  const entry = (check: string) => ({ check, because: 'for the reason given', link: 'somewhere' })

  test('fit their schema; a failure is 1, a known one 0, a warning 0', async () => {
    const { result, code } = await judged([])
    expect(schema.parse(result)).toEqual(result)
    expect(result.summary).toEqual({ pass: 1, fail: 1, warn: 1, skip: 0, blocked: 0 })
    expect(code).toBe(1)
    expect((await judged([entry('bad')])).code).toBe(0)
  })
  test('name what kept checks from being judged, the most frequent cause first', async () => {
    const blocked = suiteOf({ one: must, two: must, three: must }, async (t) => {
      t.block('one', 'no ship')
      t.block('two', 'no challenge')
      t.block('three', 'no challenge')
    })
    const { result } = await judged([], 1, blocked)
    expect(schema.parse(result).causes).toEqual([
      { message: 'no challenge', checks: ['two', 'three'] },
      { message: 'no ship', checks: ['one'] },
    ])
  })
  test('a baseline entry that no longer fails is an error', async () => {
    const { result, code } = await judged([entry('bad'), entry('good')])
    expect(result.stale).toEqual(['good'])
    expect(code).toBe(1)
  })
  test('a baseline entry that varies may pass', async () => {
    const { result, code } = await judged([entry('bad'), { ...entry('good'), varies: true }])
    expect(result.stale).toEqual([])
    expect(code).toBe(0)
  })
  test('of what is embargoed only the number is told', async () => {
    const { result, code } = await judged([{ ...entry('bad'), embargoed: true }])
    expect(result.checks.map(({ id }) => id)).toEqual(['good', 'soft'])
    expect(result.summary).toEqual({ pass: 1, fail: 0, warn: 1, skip: 0, blocked: 0 })
    expect(result.withheld).toBe(1)
    expect(code).toBe(0)
  })
  test('what is embargoed and no longer fails is not named either', async () => {
    const { result, code } = await judged([entry('bad'), { ...entry('good'), embargoed: true }])
    expect(result.stale).toEqual(['1 of what is withheld'])
    expect(result.withheld).toBe(0)
    expect(code).toBe(1)
  })
  test('what fails names the bugs it is like, unless it is withheld; what passes names none', async () => {
    const likes = async (entries: Parameters<typeof judged>[0]) =>
      (await judged(entries)).result.checks.flatMap(({ like }) => like ?? [])
    expect(await likes([])).toEqual(['bug of bad'])
    expect(await likes([{ ...entry('bad'), embargoed: true }])).toEqual([])
  })
  test('a broken money rule is 1; known of its feature 0, of another not; a whole one in the baseline is an error', async () => {
    const broke = suiteOf({ good: must }, async (t) => t.check('good', () => holds), [], 'fail')
    const known = (feature: string, more = {}) => [{ ...entry('audit.x'), features: [feature], ...more }]
    expect((await judged([], 1, broke)).code).toBe(1)
    expect((await judged(known('two'), 1, broke)).code).toBe(1)
    expect((await judged([entry('audit.x')], 1, broke)).code).toBe(1)
    const { code, result } = await judged(known('one'), 1, broke)
    expect(code).toBe(0)
    expect(schema.parse(result)).toEqual(result)
    expect(result.audits[0]?.rules[0]).toMatchObject({ message: 'one lost', known: 'for the reason given' })
    const withholding = await judged(known('one', { embargoed: true }), 1, broke)
    expect(JSON.stringify(withholding.result.audits)).not.toContain('one lost')
    const whole = await judged([entry('bad'), ...known('one')])
    expect(whole.result.stale).toEqual(['audit.x of one'])
    expect(whole.code).toBe(1)
  })
  test('less than planned is not success', async () => {
    expect((await judged([entry('bad')], 2)).code).toBe(1)
  })
  test('credentials are shortened in evidence', () => {
    const headers: [string, string][] = [
      ['Authorization', `Payment ${'x'.repeat(3000)}`],
      ['X-Payment', 'y'.repeat(3000)],
      ['Accept', 'a'],
    ]
    const shown = JSON.stringify(
      redact(
        {
          seq: 0,
          atMs: 0,
          scenario: 's',
          kind: 'request',
          exchange: 1,
          method: 'GET',
          url: 'u',
          headers,
          bodyBytes: 0,
        },
        words,
      ),
    )
    expect(shown.length).toBeLessThan(300)
    expect(shown).toContain('(3008)')
  })
})

test('waiting is over after the time in which the kit was idle, and not before', async () => {
  const idle = () => performance.eventLoopUtilization().idle
  const [start, before] = [performance.now(), idle()]
  const late = new Promise<void>((resolve) => patience(50, resolve))
  // The processor is taken for longer than the time-out: none of it counts.
  while (performance.now() - start < 100);
  await late
  expect(idle() - before).toBeGreaterThanOrEqual(48)
  expect(performance.now() - start).toBeGreaterThanOrEqual(148)
})
