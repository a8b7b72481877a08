/** The page of measurements, from their JSON. */
import type { Measured } from './line.ts'

/** A run: the machine, what was compared, and the lines. */
export interface Run {
  machine: { cpu: string; cores: number; memoryGb: number; node: string }
  peers: Record<string, string>
  lines: Measured[]
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

/** The page as Markdown. */
export const pageOf = ({ machine, peers, lines }: Run): string => `# Performance

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

CPU profiles of 1,600 words, a voucher each, vouchers resting on readings; shares of the time in which a process is busy (each is idle for about 45 % of the run):

| process | where its time goes |
| --- | --- |
| server | writing the answer to the voucher 15 %, writing the event 11 %, recovering the signer 6 %, the binding of the echoed challenge 5 %, the receipt 5 %; everything else is below 3 % each |
| client | writing the voucher's request 26 %, making the request 8 %, signing 7 %, the credential 5 %, the journal 3 % |
| server, paid GET | writing to sockets 30 % |

What is left is system calls and waking processes: one write and the wake-up of its reader took 0.14 ms on a busy machine, and a word needs four of them (word and question, voucher, its answer, the next word), six where the chain is read for each voucher. Three processes share two cores. Twenty times mppx would be about a millisecond a word, which leaves nothing for the work itself.
`
