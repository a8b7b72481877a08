/** The run as Markdown, for a pull request or a release page. */
import * as Uint from '../../src/codec/uint.ts'
import { withheldLine } from '../kit/embargo.ts'
import { brokenRules, causesOf, type RunResult } from '../kit/result.ts'
import { isExtreme } from '../kit/run.ts'

const mark = { pass: '✓', fail: '✗', warn: '!', skip: '–', blocked: '–' } as const

/** The result as Markdown. Embargoed findings appear only as a number. */
export function markdown(result: RunResult): string {
  const { summary, checks } = result
  const shown = checks.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'blocked')
  const causes = causesOf(checks)
  const withheld = withheldLine(result.withheld)
  const failedRules = [false, true].flatMap((known) => brokenRules(result, { known }))
  const extremes = result.audits.flatMap(({ figures }) => Object.keys(figures).filter(isExtreme))
  const columns = ['deposited', 'captured', ...new Set(extremes)]
  const lines = [
    `# ${result.profile} / ${result.role}: ${cell(result.target)}`,
    '',
    `${summary.pass} passed, ${summary.fail} failed, ${summary.warn} warned, ${summary.skip} skipped, ${summary.blocked} not judged.`,
    ...(withheld === undefined ? [] : [`${withheld}.`]),
    `Kit ${result.kit.version}, seed \`${result.seed}\`, ${result.startedAt}.`,
    ...result.learned.map((line) => `${cell(line)}.`),
    '',
    row(['scenario', 'checks', 'passed', 'failed', ...columns]),
    row(['---', '--:', '--:', '--:', ...columns.map(() => '--:')]),
    ...[...new Set(checks.map(({ scenario }) => scenario))].map((scenario) =>
      scenarioRow(result, scenario, columns),
    ),
  ]
  if (shown.length > 0)
    lines.push(
      '',
      '## What did not pass',
      '',
      '| | check | level | requirement | expected | actual | known |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      ...shown.map(({ verdict, id, level, requirement, message, evidence, known }) =>
        row([
          mark[verdict],
          `\`${id}\``,
          level,
          requirement,
          evidence.expected ?? message,
          evidence.actual ?? '',
          known ?? '',
        ]),
      ),
    )
  if (causes.length > 0)
    lines.push(
      '',
      '## Not judged',
      '',
      '| checks | because | which |',
      '| --: | --- | --- |',
      ...causes.map(({ message, ids }) =>
        row([String(ids.length), message, ids.map((id) => `\`${id}\``).join(' ')]),
      ),
    )
  if (failedRules.length > 0)
    lines.push(
      '',
      '## Money',
      '',
      ...failedRules.map(
        ({ id, scenario, message, known }) =>
          `- **${id}** in ${scenario}: ${message}${known === undefined ? '' : ` (known: ${known})`}`,
      ),
    )
  if (result.harnessErrors.length > 0)
    lines.push('', '## The kit itself failed', '', ...result.harnessErrors.map((error) => `- ${error}`))
  return `${lines.join('\n')}\n`
}

function scenarioRow({ checks, audits }: RunResult, scenario: string, columns: readonly string[]): string {
  const own = checks.filter((check) => check.scenario === scenario)
  const count = (wanted: string) => String(own.filter(({ verdict }) => verdict === wanted).length)
  const figures = audits.find((audit) => audit.scenario === scenario)?.figures ?? {}
  const tokens = (name: string) => {
    const figure = figures[name]
    return figure === undefined ? '' : Uint.toDecimal(BigInt(figure))
  }
  return row([scenario, String(own.length), count('pass'), count('fail'), ...columns.map(tokens)])
}

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/[\r\n]+/g, ' ')
