/** The page of measurements, from their JSON. */
import type { Measured } from './line.ts'
import type { Trace } from './trace.ts'

/** A run: the machine, what was compared, and the lines. */
export interface Run {
  machine: { cpu: string; cores: number; memoryGb: number; node: string }
  peers: Record<string, string>
  lines: Measured[]
  traces?: { word: Trace; get: Trace }
}

const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(2)
const ratio = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toFixed(2))

function row({ work, unit, peer, ours, theirs, ratio: found, spread, wanted, less }: Measured): string[] {
  const compared = peer !== undefined && theirs !== undefined && found !== undefined
  const [least, most] = spread.map((value) => (compared ? ratio(value) : figure(value))) as [string, string]
  return [
    work,
    `${figure(ours)} ${unit}`.replace(' /s', '/s'),
    compared ? `${peer}: ${figure(theirs)}` : '',
    compared ? ratio(found) : '',
    `${least} to ${most}`,
    wanted === undefined ? '' : `${less ? '≤' : '≥'} ${compared ? wanted : figure(wanted)}`,
  ]
}

/** A table of the curves: a row for each, a column for each size. */
function growth(lines: readonly Measured[]): string {
  const points = lines.flatMap(({ curve, ratio: found }) =>
    curve === undefined || found === undefined ? [] : [{ ...curve, found }],
  )
  const sizes = [...new Set(points.map(({ at }) => at))].sort((a, b) => a - b)
  const cells = (name: string) =>
    sizes.map((size) => {
      const point = points.find((each) => each.name === name && each.at === size)
      return point === undefined ? '' : ratio(point.found)
    })
  return table(
    ['beside so many', ...sizes.map((size) => size.toLocaleString('en-US'))],
    [...new Set(points.map(({ name }) => name))].map((name) => [name, ...cells(name)]),
  )
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** Where the time of a word and of a paid GET goes. */
function timeOf({ word, get }: NonNullable<Run['traces']>): string {
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

/** The page as Markdown. */
export const pageOf = ({ machine, peers, lines, traces }: Run): string => `# Performance

Written by \`npm run bench -- --json docs/performance.json --page --channels 1000000 --paused 10000\`. This package and its peers do the same work in the same run, in turns; a ratio is the median of its rounds, the spread their smallest and largest. Figures are of one machine and move with its load; ratios move less. \`npm run nightly:bench\` fails when a ratio is more than a fifth below the one here.

Measured on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Node ${machine.node}; ${Object.entries(
  peers,
)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}.

${table(
  ['work', 'here', 'peer', 'ratio', 'spread', 'wanted'],
  lines.filter(({ curve }) => curve === undefined).map(row),
)}

A word of the durable store is on disk, synced, before it is sent: one stream waits for the disk at each word, many wait together. \`chargeAhead\` trades that for what a crash may overcharge. Vouchers and words of paused streams are measured in one process, with their payer and their chain.

A voucher is verified by recovering its signer's key. A check against the known key would be a third faster and cannot tell a signature whose \`v\` is wrong, which the contract refuses, so it is not made.

## Growth

The same work beside channels or paused streams that wait, as a ratio to the work alone, measured in turns: 1 is no slower.

${growth(lines)}

## Why a voucher a word is not faster

A word that a voucher of its own pays for, and a paid GET, by the clock: each process notes when it sends and is answered, and what lies between is the median over a few seconds.

${traces === undefined ? '' : timeOf(traces)}
What is on the way is being written, parsed and turned into a request or an answer by Node, or waits for a processor: three processes share two cores. Each waits for a message of another six times a word, and there is one question to the node, no more connections and no more writes than messages. Twenty times mppx would be about a millisecond a word. A voucher rests on a reading that was asked for after it came (spec/readings.md F6), so that question stays; with \`voucherReadingMs\` it goes, which is the second line of the table.
`
