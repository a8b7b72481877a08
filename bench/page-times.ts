/** The parts of the page that say where time goes: by the clock, between processes, and by the processor, in one. */
import { figure, table } from './figures.ts'
import type { Profile } from './profile.ts'
import type { Trace } from './trace.ts'

/** What was noted of a word and of a paid GET. */
export interface Traces {
  word: Trace
  get: Trace
}

/** Where the time of a word and of a paid GET goes. */
export function timeOf({ word, get }: Traces): string {
  const sum = ({ steps }: Trace) => steps.reduce((all, { us }) => all + us, 0)
  const rows = word.steps.map(({ by, does, us }, i) => [by, does, `${us}`, `${get.steps[i]?.us ?? ''}`])
  const shareOf = (by: string) =>
    [word, get].map((trace) => {
      const own = trace.steps.filter((step) => step.by === by).reduce((all, { us }) => all + us, 0)
      return `${Math.round((own / sum(trace)) * 100)} %`
    })
  const called = word.calls.map(({ by, calls }) => {
    const other = get.calls.find((each) => each.by === by)?.calls ?? {}
    const said = (of: Record<string, number>) =>
      Object.entries(of)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')
    return [by, said(calls), said(other)]
  })
  return `${table(
    ['by', 'what', 'word, µs', 'paid GET, µs'],
    [
      ...rows,
      ['', 'together', `${sum(word)}`, `${sum(get)}`],
      ['', 'of it on the way', ...shareOf('on the way')],
    ],
  )}
${called.length === 0 ? '' : `\nSystem calls for each, counted by \`strace\`:\n\n${table(['process', 'word', 'paid GET'], called)}\n`}`
}

/** Time of a unit, as the page says it. */
const micros = (us: number): string => (us < 0.05 ? '' : us < 100 ? us.toFixed(1) : figure(us))

/** What each part takes of a unit of each work, and the functions that take most. */
export function profiled(profiles: readonly Profile[]): string {
  const weight = (name: string) =>
    profiles.reduce(
      (sum, { us, parts }) => sum + (parts.find(({ where }) => where === name)?.us ?? 0) / us,
      0,
    )
  const all = [...new Set(profiles.flatMap(({ parts }) => parts.map(({ where }) => where)))].sort(
    (a, b) => weight(b) - weight(a),
  )
  const shareOf = ({ us, parts }: Profile, where: string) => {
    const own = parts.find((part) => part.where === where)?.us ?? 0
    return own / us < 0.005 ? '' : `${micros(own)} (${Math.round((own / us) * 100)} %)`
  }
  const rows = all
    .map((where) => [where, ...profiles.map((profile) => shareOf(profile, where))])
    .filter(([, ...cells]) => cells.some((cell) => cell !== ''))
  const most = profiles.map(
    ({ of, functions }) =>
      `- ${of}: ${functions
        .filter(({ us }) => micros(us) !== '')
        .map(({ where, us }) => `${micros(us)} \`${where.replace(' in ', '` in ')}`)
        .join(', ')}`,
  )
  return `${table(
    ['µs of one', ...profiles.map(({ of }) => of)],
    [...rows, ['together', ...profiles.map(({ us }) => micros(us))]],
  )}

The functions of this package that take most of it, in microseconds:

${most.join('\n')}`
}
