/**
 * The run as one page that needs nothing but itself: what failed first, with the money and the command that replays
 * it; then every requirement; then what was said in each scenario, with the money drawn under it.
 */
import { withheldLine } from '../../kit/embargo.ts'
import type { Requirement } from '../../kit/requirements.ts'
import { brokenRules, causesOf, type RunResult } from '../../kit/result.ts'
import type { TraceEntry, Words } from '../../kit/trace.ts'
import { severity } from '../../kit/verdict.ts'
import { extremesOf, figuresOf, moneyVerdict, replayOf } from '../text.ts'
import { type Html, html } from './markup.ts'
import { rowsOf, traceList } from './messages.ts'
import { policy, styleText } from './style.ts'
import { key, timeline } from './timeline.ts'

/** What a page is made of. */
export interface HtmlInput {
  result: RunResult
  /** Everything recorded but what is withheld, as it was; it is redacted here. */
  trace: readonly TraceEntry[]
  requirements: ReadonlyMap<string, Requirement>
  /** What the suite calls things. */
  words: Words
  /** The command of the run. */
  replay: string
}

type Check = RunResult['checks'][number]

const symbol = { pass: '✓', fail: '✗', warn: '!', skip: '–', blocked: '–' } as const
const word = {
  pass: 'passed',
  fail: 'failed',
  warn: 'warned',
  skip: 'skipped',
  blocked: 'not judged',
} as const

/**
 * Builds the page: the whole HTML text, without scripts or external resources. Credentials in the trace are shortened.
 */
export async function htmlPage(input: HtmlInput): Promise<string> {
  const { result } = input
  const title = `${result.profile} / ${result.role}: ${result.target}`
  const page = html`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/><title>${title}</title>
<style>${styleText}</style></head><body>
<header><h1>${title}</h1>
<p class="soft">${result.kit.name} ${result.kit.version} · seed <code>${result.seed}</code> · ${result.startedAt} · ${result.executed} of ${result.planned} scenarios${result.learned.map((line) => ` · ${line}`)}</p>
<ul class="counts">${(['fail', 'blocked', 'warn', 'skip', 'pass'] as const).map((verdict) => html`<li class="${verdict}"><b>${result.summary[verdict]}</b> ${word[verdict]}</li>`)}</ul>
<p>${moneyLine(result)}</p>${extremes(result)}${withheldNote(result)}</header>
<main>${findings(input)}${byRequirement(input)}${scenarios(input)}</main>
</body></html>
`
  return String(await page)
}

function withheldNote({ withheld }: RunResult): Html | undefined {
  const line = withheldLine(withheld)
  return line === undefined ? undefined : html`<p class="soft">${line}</p>`
}

const moneyLine = (result: RunResult): string => [...figuresOf(result), moneyVerdict(result)].join(' · ')

/** What scenarios came to at most, a paragraph for each figure. */
const extremes = (result: RunResult): Html[] =>
  extremesOf(result).map(({ name, told }) => html`<p>${name}: ${told.join(' · ')}</p>`)

/** From worst to best; known failures come after new ones. */
function findings(input: HtmlInput): Html {
  const { result } = input
  const shown = result.checks
    .filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip')
    .sort((a, b) => severity.indexOf(b.verdict) - severity.indexOf(a.verdict))
  const fresh = shown.filter(({ known, verdict }) => known === undefined && verdict !== 'blocked')
  const causes = causesOf(shown.filter(({ known }) => known === undefined))
  const known = shown.filter((check) => check.known !== undefined)
  const money = brokenRules(result, { known: false })
  const knownMoney = brokenRules(result, { known: true })
  const other = [
    ...result.stale.map((check) => `${check} no longer fails: take it out of the baseline`),
    ...result.harnessErrors.map((error) => `the kit itself failed; please report this: ${error}`),
  ]
  if (shown.length + money.length + knownMoney.length + other.length === 0)
    return html`<section><h2 class="pass">Nothing failed</h2></section>`
  return html`<section id="findings"><h2>What did not pass</h2>
${other.map((text) => html`<article class="fail"><h3>${text}</h3></article>`)}
${money.map(brokenRule)}
${fresh.map((check) => finding(check, input))}
${causes.map(unjudged)}
${known.length + knownMoney.length === 0 ? undefined : html`<details><summary>${known.length + knownMoney.length} known, in the baseline</summary>${knownMoney.map(brokenRule)}${known.map((check) => finding(check, input))}</details>`}
</section>`
}

/** What one cause kept from being judged. */
const unjudged = ({ message, ids }: ReturnType<typeof causesOf>[number]): Html =>
  html`<article class="blocked"><h3>${symbol.blocked} ${ids.length} not judged</h3><p>${message}</p><details><summary>which</summary><p>${ids.join(' ')}</p></details></article>`

const brokenRule = ({ id, scenario, message, known }: ReturnType<typeof brokenRules>[number]): Html =>
  html`<article class="fail"><h3>${symbol.fail} ${id}</h3><dl>${known === undefined ? undefined : html`<dt>known</dt><dd>${known}</dd>`}<dt>money</dt><dd>${message}</dd><dt>scenario</dt><dd><a href="#${scenario}">${scenario}</a></dd></dl></article>`

function finding(check: Check, { requirements, result, replay, words }: HtmlInput): Html {
  const requirement = requirements.get(check.requirement)
  const { expected, actual, money, trace } = check.evidence
  const rows: [string, string | Html | undefined][] = [
    ['known', check.known],
    ['expected', expected],
    ['actual', actual ?? check.message],
    ['money', money],
    ['source', requirement?.source],
    ['scenario', html`<a href="#${check.scenario}">${check.scenario}</a>`],
    ['replay', html`<code>${replayOf(check.id, replay, result)}</code>`],
  ]
  const said = trace.length === 0 ? undefined : traceList(rowsOf(trace as unknown as TraceEntry[], words))
  return html`<article class="${check.verdict}" id="${check.id}">
<h3>${symbol[check.verdict]} ${check.id} <small>${check.level} ${check.requirement}</small></h3>
<p>${requirement?.statement}</p>
<dl>${rows.map(([name, value]) => (value === undefined ? undefined : html`<dt>${name}</dt><dd>${value}</dd>`))}</dl>
${said === undefined ? undefined : html`<details><summary>what was said</summary>${said}</details>`}</article>`
}

/** One row for each requirement that was judged, worst first. */
function byRequirement({ result, requirements }: HtmlInput): Html {
  const judged = new Map<string, Check[]>()
  for (const check of result.checks)
    for (const id of [check.requirement, ...check.also]) judged.set(id, [...(judged.get(id) ?? []), check])
  const rows = [...judged]
    .map(([id, checks]) => ({
      id,
      checks,
      worst: Math.max(...checks.map(({ verdict }) => severity.indexOf(verdict))),
    }))
    .sort((a, b) => b.worst - a.worst || a.id.localeCompare(b.id))
  return html`<section id="requirements"><h2>By requirement</h2>
<details ${result.summary.fail > 0 ? html`open=""` : undefined}><summary>${rows.length} requirements were judged</summary>
<table class="requirements"><thead><tr><th></th><th>requirement</th><th>statement</th><th>checks</th></tr></thead><tbody>
${rows.map(({ id, checks, worst }) => {
  const verdict = severity[worst] ?? 'blocked'
  const { level, statement } = requirements.get(id) ?? {}
  return html`<tr><td class="${verdict}">${symbol[verdict]}</td><td><b>${id}</b> <small>${level}</small></td><td>${statement}</td><td>${checks.map((check) => html`<span class="${check.verdict}">${symbol[check.verdict]} ${check.id}</span> `)}</td></tr>`
})}</tbody></table></details></section>`
}

/** Every scenario with its picture and what was said; those with failures stand open. */
function scenarios({ result, trace, words }: HtmlInput): Html {
  const ids = [...new Set(result.checks.map(({ scenario }) => scenario))]
  const blocks = ids.map((id) => {
    const own = result.checks.filter(({ scenario }) => scenario === id)
    const failed = own.filter(({ verdict, known }) => verdict === 'fail' && known === undefined)
    const entries = trace.filter((entry) => entry.scenario === id)
    return { id, own, failed, rows: rowsOf(entries, words) }
  })
  blocks.sort((a, b) => Number(b.failed.length > 0) - Number(a.failed.length > 0))
  return html`<section id="scenarios"><h2>Scenarios</h2>${key}
${blocks.map(({ id, own, failed, rows }) => {
  const passed = own.filter(({ verdict }) => verdict === 'pass').length
  return html`<details id="${id}" ${failed.length > 0 ? html`open=""` : undefined}>
<summary><b class="${failed.length > 0 ? 'fail' : 'pass'}">${failed.length > 0 ? symbol.fail : symbol.pass}</b> ${id} <small>${passed} of ${own.length} checks passed</small></summary>
${timeline(rows, new Set(failed.map((check) => check.id)))}
<details><summary>${rows.length} entries</summary>${traceList(rows)}</details></details>`
})}</section>`
}
