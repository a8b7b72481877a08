/** The kill matrix as one page: a row for each fault, a column for each check, a mark where the fault turned it red. */
import type { KillMatrix } from '../../kit/kill-matrix.ts'
import { countLine } from '../kill-matrix.ts'
import { html } from './markup.ts'
import { policy, styleText } from './style.ts'

/** Builds the page. */
export async function matrixPage({ checks, faults, unkilled }: KillMatrix): Promise<string> {
  const good = faults.filter(({ killed, exact }) => killed && exact).length
  const page = html`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/><title>kill matrix</title>
<style>${styleText}</style></head><body>
<header><h1>Kill matrix</h1>
<p class="soft">${faults.length} faults × ${checks.length} checks: ■ declared and red, ✗ declared and not red, + red and not declared, · red in another scenario, or beside a generated fault. ${countLine(faults)}</p>
<ul class="counts"><li class="pass"><b>${good}</b> faults killed by exactly their checks</li>
<li class="fail"><b>${faults.length - good}</b> not</li><li class="fail"><b>${unkilled.length}</b> checks that no fault turns red</li></ul>
${unkilled.length > 0 ? html`<p class="fail">${unkilled.join(', ')}</p>` : undefined}</header>
<main class="wide"><table class="matrix"><thead><tr><th></th>${checks.map((check) => html`<th>${check}</th>`)}</tr></thead><tbody>
${faults.map((fault) => {
  const { name, breaks, made, expected, failed, elsewhere } = fault
  const mark = (check: string) => {
    if (expected.includes(check)) return failed.includes(check) ? '■' : '✗'
    return failed.includes(check) ? (made === 'generated' ? '·' : '+') : elsewhere.includes(check) ? '·' : ''
  }
  const verdict = fault.killed && fault.exact ? 'pass' : 'fail'
  return html`<tr><th class="${verdict}" title="${breaks}">${name} <span class="soft">${made}</span></th>${checks.map((check) => html`<td title="${`${name}: ${check}`}">${mark(check)}</td>`)}</tr>`
})}</tbody></table></main></body></html>
`
  return String(await page)
}
