/** The trace as rows to read: one for each message, event, transaction and change of the money. */
import { redact, type TraceEntry, type Words } from '../../kit/trace.ts'
import { type Html, html } from './markup.ts'

/** One row: an entry, or a run of like events of one stream. */
export interface Row {
  entry: TraceEntry
  /** How many events it stands for. */
  times: number
}

/** Whether an event is one of the protocol's own. */
export const isControl = (entry: TraceEntry): boolean => entry.kind === 'event' && entry.control === true

/** Entries as rows; the units of a stream that follow each other are one row. */
export function rowsOf(entries: readonly TraceEntry[], words: Words): Row[] {
  const rows: Row[] = []
  for (const entry of entries.map((each) => redact(each, words))) {
    // What they come to is drawn as money.
    if (entry.kind === 'fact') continue
    const last = rows.at(-1)
    if (entry.kind === 'money' && last?.entry.kind === 'event' && !isControl(last.entry)) {
      // Each unit moves the money: the figures after the last one of the row are those that count.
      const before = rows.at(-2)
      if (before?.entry.kind === 'money' && before.entry.channel === entry.channel && last.times > 1)
        rows.splice(-2, 2, { entry, times: 1 }, last)
      else rows.splice(-1, 0, { entry, times: 1 })
    } else if (
      last?.entry.kind === 'event' &&
      entry.kind === 'event' &&
      last.entry.exchange === entry.exchange &&
      !isControl(entry) &&
      !isControl(last.entry)
    )
      rows[rows.length - 1] = { entry: last.entry, times: last.times + 1 }
    else rows.push({ entry, times: 1 })
  }
  return rows
}

const cut = (hex: string): string => (hex.length > 14 ? `${hex.slice(0, 8)}…${hex.slice(-4)}` : hex)

/** A row in words. */
export function told({ entry, times }: Row): string {
  switch (entry.kind) {
    case 'request': {
      const path = URL.canParse(entry.url) ? new URL(entry.url).pathname : entry.url
      const about = [entry.act, entry.channel && `on ${cut(entry.channel)}`, entry.note && `(${entry.note})`]
      return ['→', entry.method, path, ...about].filter(Boolean).join(' ')
    }
    case 'response': {
      const has = (name: string) => entry.headers.some(([field]) => field.toLowerCase() === name)
      const parts = [has('www-authenticate') ? 'challenge' : '', has('payment-receipt') ? 'receipt' : '']
      return ['←', entry.status, ...parts].filter(Boolean).join(' ')
    }
    case 'event':
      return `⇠ ${entry.event || 'message'}${times > 1 ? ` × ${times}` : ''}  ${entry.data}`
    case 'end':
      return `· ended ${entry.how}`
    case 'transaction':
      return `◆ ${entry.call} ${cut(entry.hash)} ${entry.status} ${entry.events.join(' ')}`
    case 'money':
      return `  money of ${cut(entry.channel)}: ${Object.entries(entry.figures)
        .map(([name, figure]) => `${name} ${figure}`)
        .join(', ')}`
    case 'fact':
      return `  ${entry.fact.is}`
    case 'note':
      return `  ${entry.text}`
  }
}

/** A list of rows, with a heading wherever another check begins. */
export function traceList(rows: readonly Row[]): Html {
  let check: string | undefined
  const items = rows.map((row) => {
    const heading =
      row.entry.check === check || row.entry.check === undefined
        ? undefined
        : html`<li class="head"><span></span><span>${row.entry.check}</span></li>`
    check = row.entry.check
    return html`${heading}<li><span class="soft">${row.entry.atMs.toFixed(1)} ms</span><span>${told(row)}</span></li>`
  })
  return html`<ol class="trace mono">${items}</ol>`
}
