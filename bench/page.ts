/** The page of measurements, from their JSON. */
import { figure, ratio, table } from './figures.ts'
import type { Measured } from './line.ts'
import { profiled, type Traces, timeOf } from './page-times.ts'
import type { Profile } from './profile.ts'

/** A run: the machine, what was compared, and the lines. */
export interface Run {
  machine: { cpu: string; cores: number; memoryGb: number; node: string }
  peers: Record<string, string>
  lines: Measured[]
  traces?: Traces
  profiles?: Profile[]
}

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

/** The lines that are not where they are wanted, with what was reached. */
function short(lines: readonly Measured[]): string {
  const missed = lines.filter(({ curve, wanted, peer, ratio: found, ours, less }) => {
    const reached = peer === undefined ? ours : found
    if (curve !== undefined || wanted === undefined || reached === undefined) return false
    return less ? reached > wanted : reached < wanted
  })
  if (missed.length === 0) return 'Every line is where it is wanted.'
  return `Below what is wanted in this run:\n\n${missed
    .map(({ work, unit, peer, ratio: found, ours, wanted = 0, less, spread }) => {
      const said = peer === undefined ? (value: number) => `${figure(value)} ${unit}` : ratio
      return `- ${work}: ${said(found ?? ours)} of ${said(wanted)}; in its best round ${said(spread[less ? 0 : 1])}`
    })
    .join('\n')}`
}

/** The page as Markdown. */
export const pageOf = ({ machine, peers, lines, traces, profiles }: Run): string => `# Performance

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

${short(lines)}

## Growth

The same work beside channels or paused streams that wait, as a ratio to the work alone, measured in turns: 1 is no slower.

${growth(lines)}

## What the processor does

Samples of one process that does the work by itself, payer and chain in it, in a run of its own: the time between two units, by the part of this package or of Node that was running. Sampling makes it slower than the table says. Alone, a paused stream is the same one for every voucher; among many each voucher wakes another, that was not touched since it paused, and what that costs is spread over all parts.

${profiles === undefined ? '' : profiled(profiles)}

## Why a voucher a word is not faster

A word that a voucher of its own pays for, and a paid GET, by the clock: each process notes when it sends and is answered, and what lies between is the median over a few seconds.

${traces === undefined ? '' : timeOf(traces)}
What is on the way is being written, parsed and turned into a request or an answer by Node, or waits for a processor: three processes share two cores. Each waits for a message of another six times a word, and there is one question to the node, no more connections and no more writes than messages. Twenty times mppx would be about a millisecond a word. A voucher rests on a reading that was asked for after it came (spec/readings.md F6), so that question stays; with \`voucherReadingMs\` it goes, which is the second line of the table.
`
