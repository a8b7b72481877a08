/** What a baseline embargoes: every report says how many findings are withheld, and nothing else of them. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { targetNames } from '../../conformance/harness/target.ts'
import { type BaselineEntry, compare, loadBaseline } from '../../conformance/kit/baseline.ts'
import { withhold, withoutWithheld } from '../../conformance/kit/embargo.ts'
import { loadRequirements } from '../../conformance/kit/requirements.ts'
import { schema, toResult } from '../../conformance/kit/result.ts'
import type { ScenarioResult } from '../../conformance/kit/run.ts'
import type { CheckResult } from '../../conformance/kit/tester.ts'
import type { TraceEntry } from '../../conformance/kit/trace.ts'
import type { Verdict } from '../../conformance/kit/verdict.ts'
import { htmlPage } from '../../conformance/report/html/page.ts'
import { junit } from '../../conformance/report/junit.ts'
import { markdown } from '../../conformance/report/markdown.ts'
import { progressLine, summary } from '../../conformance/report/text.ts'

const words = { secretFields: [], controlEvents: [] }

const baselineOf = (target: string) => loadBaseline(`conformance/targets/${target}/baseline.yaml`)
const embargoedOf = (target: string) => baselineOf(target).filter(({ embargoed }) => embargoed === true)
const targets = targetNames().filter((target) => embargoedOf(target).length > 0)
const requirements = loadRequirements()
/** Requirements that only withheld checks judge here. */
const [secretRequirement = '', openRequirement = ''] = requirements.keys()

/** A run in which everything fails that a baseline embargoes, and one check that it does not know. */
function runOf(baseline: readonly BaselineEntry[], verdict: Verdict) {
  const embargoed = baseline.filter((entry) => entry.embargoed === true)
  const features = [...new Set(embargoed.map(({ check }) => check.split('.')[0] ?? ''))]
  const entry = (id: string, seq: number): TraceEntry => ({
    seq,
    atMs: seq,
    scenario: `x/server/${id.split('.')[0]}`,
    check: id,
    kind: 'note',
    text: `exchanged for ${id}`,
  })
  const check = (id: string, concluded: Verdict, requirement: string): CheckResult =>
    ({
      id,
      scenario: `x/server/${id.split('.')[0]}`,
      requirement,
      also: [],
      level: 'MUST',
      verdict: concluded,
      message: `said of ${id}`,
      expected: `expected of ${id}`,
      actual: `actual of ${id}`,
      money: `money of ${id}`,
      trace: [id, ...embargoed.map(({ check }) => check)]
        .map(entry)
        .filter(({ scenario }) => scenario === `x/server/${id.split('.')[0]}`),
    }) as CheckResult
  const scenarios: ScenarioResult[] = features.map((feature) => ({
    scenario: `x/server/${feature}`,
    title: feature,
    checks: [
      check(`${feature}.shown`, 'fail', openRequirement),
      ...embargoed
        .filter((each) => each.check.startsWith(`${feature}.`))
        .map((each) => check(each.check, verdict, secretRequirement)),
    ],
    audit: undefined,
    seconds: 1,
  }))
  return { scenarios, embargoed, trace: embargoed.map(({ check: id }, i) => entry(id, i)) }
}

async function reports(baseline: readonly BaselineEntry[], scenarios: ScenarioResult[], trace: TraceEntry[]) {
  const result = toResult({
    kit: { name: 'k', version: '0' },
    target: 't',
    profile: 'x',
    role: 'server',
    words,
    seed: 's',
    startedAt: new Date(0),
    finishedAt: new Date(0),
    planned: scenarios.length,
    scenarios,
    baseline,
    compared: compare(scenarios, baseline),
    like: new Map(scenarios.flatMap(({ checks }) => checks.map(({ id }) => [id, [`a bug like ${id}`]]))),
  })
  expect(schema.parse(result)).toEqual(result)
  const shownTrace = withoutWithheld(trace, scenarios, baseline)
  const lines = scenarios.map((scenario) => progressLine(withhold(scenario, baseline).shown))
  return {
    result,
    texts: {
      json: JSON.stringify(result),
      terminal: [...lines, ...summary(result, requirements, 'replay')].join('\n'),
      markdown: markdown(result),
      junit: junit(result),
      html: await htmlPage({ result, trace: shownTrace, requirements, words, replay: 'replay' }),
    },
  }
}

for (const target of targets)
  test.each(['fail', 'warn', 'blocked'] as const)(
    `${target}: no report tells of a withheld %s`,
    async (verdict) => {
      const baseline = baselineOf(target)
      const { scenarios, embargoed, trace } = runOf(baseline, verdict)
      expect(embargoed.length).toBeGreaterThan(0)
      const { result, texts } = await reports(baseline, scenarios, trace)
      expect(result.withheld).toBe(embargoed.length)
      expect(result.summary.fail).toBe(scenarios.length)
      expect(result.checks).toHaveLength(scenarios.length)
      for (const [format, text] of Object.entries(texts)) {
        for (const { check } of embargoed) expect(text, format).not.toContain(check)
        expect(text, format).not.toContain(secretRequirement)
        expect(text, format).toMatch(format === 'json' ? `"withheld":${embargoed.length}` : / withheld until/)
      }
      expect(texts.terminal).not.toMatch(/[2-9] failed {2}/)
    },
  )

test('a rule of the money audit is withheld too', async () => {
  const baseline = [
    { check: 'audit.x', features: ['one'], because: 'for a reason', link: 'somewhere', embargoed: true },
  ]
  const rules = [
    { id: 'audit.x', verdict: 'fail' as const, message: 'one lost' },
    { id: 'audit.y', verdict: 'pass' as const, message: '' },
  ]
  const audit = { scenario: 'x/server/one', rules, figures: {} }
  const scenario = { scenario: 'x/server/one', title: 'one', checks: [], audit, seconds: 1 }
  const { result, texts } = await reports(baseline, [scenario], [])
  expect(result.withheld).toBe(1)
  for (const [format, text] of Object.entries(texts)) expect(text, format).not.toMatch(/audit\.x|one lost/)
  expect(texts.terminal).toContain('nothing lost, nothing created, but for what is withheld')
})

test.each(targets)('what %s says of other checks does not name one that is withheld', (target) => {
  const open = baselineOf(target).filter(({ embargoed }) => embargoed !== true)
  for (const { check } of embargoedOf(target))
    expect(open.filter(({ because, link }) => `${because} ${link}`.includes(check))).toEqual([])
})

test.each(targets)('the page of %s says how many, if it has one', (target) => {
  const file = `conformance/targets/${target}/README.md`
  const page = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  for (const { check } of embargoedOf(target)) expect(page ?? '').not.toContain(check)
  if (page !== undefined) expect(page).toContain(`${embargoedOf(target).length} findings are withheld`)
})

test('what a scenario came to at most is told, but of one with a withheld finding', async () => {
  const baseline = [{ check: 'one.x', because: 'for a reason', link: 'somewhere', embargoed: true }]
  const scenario = (feature: string, most: string, verdict: Verdict): ScenarioResult => ({
    scenario: `x/server/${feature}`,
    title: feature,
    checks: [
      {
        ...{ id: `${feature}.x`, scenario: `x/server/${feature}`, requirement: openRequirement, also: [] },
        ...{ level: 'MUST', verdict, message: '', trace: [] },
      },
    ],
    audit: { scenario: `x/server/${feature}`, rules: [], figures: { deposited: '5000', 'most lost': most } },
    seconds: 1,
  })
  const all = [
    scenario('one', '7654321', 'fail'),
    scenario('two', '1500', 'pass'),
    scenario('three', '0', 'pass'),
  ]
  const { texts, result } = await reports(baseline, all, [])
  for (const [format, text] of Object.entries(texts)) expect(text, format).not.toMatch(/7654321|7\.654321/)
  expect(texts.terminal).toMatch(/most lost +0\.0015 in two +nothing in 1 others +withheld in 1\n/)
  expect(texts.html).toContain('most lost: 0.0015 in two')
  expect(texts.markdown).toContain('| deposited | captured | most lost |')
  expect(result.audits.map(({ figures }) => figures['most lost'])).toEqual([undefined, '1500', '0'])
})
