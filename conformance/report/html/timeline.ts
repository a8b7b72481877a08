/** One picture for each scenario: what was said, in order, and under it the money of every channel. */
import * as Uint from '../../../src/codec/uint.ts'
import type { Figures } from '../../kit/trace.ts'
import { type Html, html } from './markup.ts'
import { isControl, type Row, told } from './messages.ts'

/** Width of the drawings in their own units; they are stretched to the page. */
const width = 1000
/** Height of a channel's lane. */
const height = 100
/** Channels that are drawn at once; the rest folds away. */
const atOnce = 4

/** A row's place from left to right: by order, so that a wait does not squeeze what happened into a corner. */
const placeOf = (rows: readonly Row[]) => (i: number) => ((i + 0.5) * width) / rows.length

/** What a scenario's picture is made of; `marks` are the checks that failed. */
export function timeline(rows: readonly Row[], marks: ReadonlySet<string>): Html {
  if (rows.length === 0) return html`<p class="soft">Nothing was exchanged.</p>`
  const x = placeOf(rows)
  const marked = rows.flatMap(({ entry }, i) =>
    entry.kind === 'request' && entry.check !== undefined && marks.has(entry.check) ? [x(i)] : [],
  )
  const lanes = channelsOf(rows).map((channel) => lane(channel, rows, marked))
  const more = lanes.slice(atOnce)
  return html`
<div class="messages"><svg viewBox="0 0 ${width} 20" preserveAspectRatio="none" role="img" aria-label="messages">
${rows.map((row, i) => tick(row, x(i)))}</svg></div>
${lanes.slice(0, atOnce)}
${more.length > 0 ? html`<details><summary>${more.length} more channels</summary>${more}</details>` : undefined}`
}

/** Messages of the kit hang from the top, answers stand below, events and transactions in the middle. */
function tick(row: Row, x: number): Html | undefined {
  const kind = tickOf(row)
  if (kind === undefined) return undefined
  const [name, from, to] = kind
  return html`<line class="${name}" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${from}" y2="${to}"><title>${told(row)}</title></line>`
}

function tickOf({ entry }: Row): [name: string, from: number, to: number] | undefined {
  if (entry.kind === 'request') return ['request', 0, 9]
  if (entry.kind === 'event') return [isControl(entry) ? 'control' : 'event', 7, 13]
  if (entry.kind === 'transaction') return ['transaction', 4, 16]
  if (entry.kind !== 'response') return undefined
  const { status } = entry
  return [status < 400 ? 'good' : status === 402 ? 'asks' : 'bad', 11, 20]
}

/** Channels in the order in which they appear. */
const channelsOf = (rows: readonly Row[]): string[] => [
  ...new Set(rows.flatMap(({ entry }) => (entry.kind === 'money' ? [entry.channel] : []))),
]

/** One channel's figures over the scenario, as steps. */
function lane(channel: string, rows: readonly Row[], marked: readonly number[]): Html {
  const x = placeOf(rows)
  const points = rows.flatMap(({ entry }, i) =>
    entry.kind === 'money' && entry.channel === channel ? [{ x: x(i), figures: entry.figures }] : [],
  )
  const last = points.at(-1)?.figures ?? {}
  const highest = (name: keyof Figures) =>
    Math.max(0, ...points.map(({ figures }) => Number(figures[name])).filter(Number.isFinite))
  const used = Math.max(...(['accepted', 'delivered', 'spent', 'settled'] as const).map(highest))
  const deposit = highest('deposit')
  // A deposit far above everything else would press the rest flat: it is told in the figures instead.
  const top = Math.max(1, (used === 0 || deposit <= used * 5 ? deposit : used * 2) * 1.1)
  const line = (name: keyof Figures) => steps(points, name, top)
  const area = steps(points, 'delivered', top)
  return html`
<div class="lane"><small class="mono">${channel.slice(0, 10)}…${channel.slice(-4)}</small>
<small>${(Object.keys(last) as (keyof Figures)[]).map((name) => html`<b class="${name}">${name}</b> ${Uint.toDecimal(BigInt(last[name] ?? 0))} `)}</small>
<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="money of channel ${channel}">
${marked.map((at) => html`<line class="mark" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="0" y2="${height}"></line>`)}
${area === '' ? undefined : html`<path class="delivered" d="${area}V${height}H${points[0]?.x.toFixed(1)}Z"></path>`}
${(['deposit', 'accepted', 'spent', 'settled'] as const).map((name) => html`<path class="${name}" d="${line(name)}"></path>`)}
</svg></div>`
}

/** A path of steps that reaches the right edge; what lies above the top is not drawn. Empty when there is no figure. */
function steps(points: readonly { x: number; figures: Figures }[], name: keyof Figures, top: number): string {
  let path = ''
  for (const { x, figures } of points) {
    const figure = figures[name]
    if (figure === undefined || Number(figure) > top) continue
    const y = (height - 2 - (Number(figure) / top) * (height - 4)).toFixed(1)
    path += path === '' ? `M${x.toFixed(1)} ${y}` : `H${x.toFixed(1)}V${y}`
  }
  return path === '' ? '' : `${path}H${width}`
}

/** What the colours mean. */
export const key: Html = html`<p class="key">
<span>messages: <b class="request">request</b> <b class="good">2xx</b> <b class="asks">402</b> <b class="bad">other</b>
<b class="event">event</b> <b class="control">payment event</b> <b class="transaction">transaction</b></span>
<span>money: <b class="deposit">deposit</b> <b class="accepted">accepted</b> <b class="delivered">delivered</b>
<b class="spent">spent</b> <b class="settled">settled</b></span></p>`
