/** The run as JUnit XML, for CI systems: one suite per scenario, one case per check, the money audit among them. */
import { withheldLine } from '../kit/embargo.ts'
import { causesOf, type RunResult } from '../kit/result.ts'

/** The result as JUnit XML: a suite per scenario, a case per check. Known failures and skipped checks are `skipped`. */
export function junit(result: RunResult): string {
  const scenarios = [...new Set(result.checks.map(({ scenario }) => scenario))]
  const suites = scenarios.map((scenario) => {
    const checks = result.checks.filter((check) => check.scenario === scenario)
    const audit = result.audits.find((entry) => entry.scenario === scenario)?.rules ?? []
    const cases = [
      ...checks.map((check) => testCase(scenario, check.id, outcomeOf(check))),
      ...audit.map((rule) => testCase(scenario, rule.id, moneyOutcome(rule))),
    ]
    return element(
      'testsuite',
      { name: scenario, ...totals(cases) },
      cases.map(({ xml }) => xml),
    )
  })
  const withheld = withheldLine(result.withheld)
  const extra =
    withheld === undefined ? [] : [testCase('kit', 'withheld', { kind: 'skipped', message: withheld })]
  const harness = result.harnessErrors.map((message) =>
    testCase('kit', 'harness', { kind: 'error', message }),
  )
  harness.push(...extra)
  if (harness.length > 0)
    suites.push(
      element(
        'testsuite',
        { name: 'kit', ...totals(harness) },
        harness.map(({ xml }) => xml),
      ),
    )
  const causes = causesOf(result.checks)
  if (causes.length > 0)
    suites.push(element('testsuite', { name: 'not judged', ...totals([]) }, [grouped(causes)]))
  const name = `${result.profile} ${result.role} ${result.target}`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name }, suites)}\n`
}

/** What kept checks from being judged, with their count: a cause is told once. */
const grouped = (causes: ReturnType<typeof causesOf>): string =>
  element(
    'properties',
    {},
    causes.map(({ message, ids }) =>
      element('property', { name: `${ids.length} checks`, value: message }, []),
    ),
  )

type Kind = 'passed' | 'failure' | 'error' | 'skipped'
interface Outcome {
  kind: Kind
  message: string
  detail?: string
}

function outcomeOf({
  verdict,
  known,
  message,
  requirement,
  level,
  evidence,
}: RunResult['checks'][number]): Outcome {
  // A known failure is listed with its reason in the baseline: it does not turn a build red.
  if (known !== undefined) return { kind: 'skipped', message: `known: ${known}` }
  if (verdict === 'pass') return { kind: 'passed', message: '' }
  if (verdict !== 'fail') return { kind: 'skipped', message: `${verdict}: ${message}` }
  const { expected, actual, money } = evidence
  const rows = Object.entries({ expected, actual, money }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  )
  return { kind: 'failure', message: `${level} ${requirement}: ${message}`, detail: rows.join('\n') }
}

function moneyOutcome({ verdict, message, known }: RunResult['audits'][number]['rules'][number]): Outcome {
  if (known !== undefined) return { kind: 'skipped', message: `known: ${known}` }
  if (verdict === 'pass') return { kind: 'passed', message: '' }
  return { kind: verdict === 'fail' ? 'failure' : 'skipped', message }
}

interface Case {
  kind: Kind
  xml: string
}

function testCase(classname: string, name: string, { kind, message, detail = '' }: Outcome): Case {
  const inner = kind === 'passed' ? [] : [element(kind, { message }, detail === '' ? [] : [escaped(detail)])]
  return { kind, xml: element('testcase', { classname, name }, inner) }
}

function totals(cases: readonly Case[]): Record<string, string> {
  const count = (kind: Kind) => String(cases.filter((each) => each.kind === kind).length)
  const [failures, errors, skipped] = [count('failure'), count('error'), count('skipped')]
  return { tests: String(cases.length), failures, errors, skipped }
}

function element(tag: string, attributes: Record<string, string>, inner: readonly string[]): string {
  const head = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`)
  return inner.length === 0
    ? `<${tag}${head.join('')}/>`
    : `<${tag}${head.join('')}>${inner.join('\n')}</${tag}>`
}

/** XML 1.0 has no way to write most control characters; they are shown as U+FFFD. */
const escaped = (text: string): string =>
  text
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
