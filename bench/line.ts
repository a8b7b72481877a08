/**
 * One line of the table: the same work done by this package and by a peer, as a ratio. Both take turns in short rounds,
 * so that a slow moment of the machine falls on both; a line's ratio is the median of its rounds, with their spread.
 */
import { Bench } from 'tinybench'

/** What is measured, and what is wanted of it. */
export interface Line {
  /** Names the line in files and on the command line. */
  id: string
  /** The work, in words. */
  work: string
  unit: string
  /** Whom it is compared with; without a peer the figure itself is wanted. */
  peer?: string
  /** Least ratio wanted; without a peer the least figure. */
  wanted?: number
  /** Whether less is better: `wanted` is the most, then. */
  less?: true
  /** The curve that it is a point of. */
  curve?: Point
  /** Rounds, each with the figures of both sides. The first one warms up and is not counted. */
  rounds(): AsyncIterable<Round>
}

/** Where on which curve: the same work beside `at` others, against the work alone. */
export interface Point {
  name: string
  at: number
}

/** Figures of one round, per second unless the line's unit says otherwise. */
export interface Round {
  ours: number
  peer?: number
}

/** A measured line. Figures are medians; `ratio` is the median of the rounds' ratios. */
export interface Measured {
  id: string
  work: string
  unit: string
  peer?: string
  wanted?: number
  less?: true
  curve?: Point
  ours: number
  theirs?: number
  ratio?: number
  /** Smallest and largest ratio; of the figure itself where there is no peer. */
  spread: [number, number]
  rounds: number
}

/** How often small work is repeated between two looks at the clock. */
const batch = 10
/** Milliseconds that each side of a round works. */
const roundMs = 80
const smallRounds = 7

/** Runs a line. */
export async function measure(line: Line): Promise<Measured> {
  const { id, work, unit, peer, wanted, less, curve } = line
  const found: Round[] = []
  for await (const round of line.rounds()) found.push(round)
  const counted = found.length > 1 ? found.slice(1) : found
  const ratios = counted.flatMap((round) => (round.peer === undefined ? [] : [round.ours / round.peer]))
  const judged = peer === undefined ? counted.map(({ ours }) => ours) : ratios
  return {
    id,
    work,
    unit,
    ...(peer === undefined ? {} : { peer }),
    ...(wanted === undefined ? {} : { wanted }),
    ...(less === undefined ? {} : { less }),
    ...(curve === undefined ? {} : { curve }),
    ours: median(counted.map(({ ours }) => ours)),
    ...(peer === undefined
      ? {}
      : { theirs: median(counted.map((round) => round.peer ?? 0)), ratio: median(ratios) }),
    spread: [Math.min(...judged), Math.max(...judged)],
    rounds: counted.length,
  }
}

/** Rounds of two functions that take microseconds. */
export async function* turns(ours: () => unknown, peer?: () => unknown): AsyncGenerator<Round> {
  for (let round = 0; round <= smallRounds; round++) {
    const bench = new Bench({ time: roundMs, warmupTime: 0, warmupIterations: 5 })
    bench.add('ours', repeated(ours))
    if (peer !== undefined) bench.add('peer', repeated(peer))
    await bench.run()
    const [own, other] = bench.tasks.map(({ result }) => (1000 / (result as { mean: number }).mean) * batch)
    yield { ours: own as number, ...(other === undefined ? {} : { peer: other }) }
  }
}

/** The last answer of each call is kept: work whose result nobody uses could be left out. */
let kept: unknown
const repeated = (work: () => unknown) => () => {
  for (let i = 0; i < batch; i++) kept = work()
  // A promise is waited for: its work may be done after the call.
  return kept instanceof Promise ? kept : undefined
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
