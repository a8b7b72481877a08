/**
 * One word, or one paid answer, by the clock: client, server and chain note when they send and are answered, and what lies
 * between is the median over all words of a few seconds.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mark } from './children/marks.ts'
import { type Child, start } from './processes.ts'

/** What is done between two marks, and by whom; nobody where it is on its way. */
interface Step {
  by: 'client' | 'server' | 'chain' | 'on the way'
  does: string
  from: string
  to: string
}

const steps: readonly Step[] = [
  { by: 'client', does: 'signs the voucher, writes the credential', from: 'client.has', to: 'client.sends' },
  { by: 'on the way', does: 'the request with the voucher', from: 'client.sends', to: 'server.got' },
  { by: 'server', does: 'reads and checks the credential', from: 'server.got', to: 'server.asks' },
  { by: 'on the way', does: 'the question for the channel', from: 'server.asks', to: 'chain.asked' },
  { by: 'chain', does: 'looks the channel up', from: 'chain.asked', to: 'chain.answered' },
  {
    by: 'on the way',
    does: 'its answer; meanwhile the server verifies the signature',
    from: 'chain.answered',
    to: 'server.told',
  },
  { by: 'server', does: 'accepts the voucher, charges', from: 'server.told', to: 'server.answers' },
  { by: 'on the way', does: 'the answer', from: 'server.answers', to: 'client.answered' },
  {
    by: 'client',
    does: 'checks the receipt, reads what was paid for',
    from: 'client.answered',
    to: 'client.has',
  },
]

/** A step and how long it takes, in microseconds. */
interface Traced {
  by: Step['by']
  does: string
  us: number
}

/** System calls of a process for one word, the most frequent first. */
interface Calls {
  by: 'client' | 'server' | 'chain'
  calls: Record<string, number>
}

export interface Trace {
  steps: Traced[]
  /** Where there is `strace`, which makes a run slow: its times are not those of the steps. */
  calls: Calls[]
}

type Work = 'words' | 'lines'

/** Where the time of a word that is paid for by a voucher of its own goes, or of a paid GET, and its system calls. */
export async function traceOf(work: Work): Promise<Trace> {
  const { marks } = await run(work)
  const counted = await run(work, callsOf)
  const { from, to, found } = counted.beside as Counted
  const bought = counted.marks.filter(([name, at]) => name === 'client.has' && at >= from && at < to).length
  const each = (calls: number) => Math.round((calls / bought) * 10) / 10
  const often = (calls: Record<string, number>) =>
    Object.fromEntries(Object.entries(calls).flatMap(([name, n]) => (each(n) > 0 ? [[name, each(n)]] : [])))
  return { steps: stepsOf(marks), calls: found.map(({ by, calls }) => ({ by, calls: often(calls) })) }
}

/** System calls of a while, between two moments of the clock of the marks. */
interface Counted {
  from: number
  to: number
  found: Calls[]
}

/** A few seconds of words: their marks, and what was found out beside them. */
async function run<T>(WORK: Work, look?: (running: Running) => Promise<T>) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const file = (name: string) => join(folder, name)
  const chain = start('bench/children/chain.ts', { TRACE: file('chain') })
  const RPC_URL = await chain.said(/http:\S+/)
  const server = start('bench/children/server.ts', { TRACE: file('server'), RPC_URL })
  const URL = await server.said(/http:\S+/)
  const client = start('bench/children/client.ts', { TRACE: file('client'), WORK, RPC_URL, URL })
  const beside = await look?.({ folder, children: { client, server, chain } })
  await client.ended
  for (const { child, ended } of [server, chain]) {
    child.kill('SIGTERM')
    await ended
  }
  const marksOf = (name: string) => JSON.parse(readFileSync(file(name), 'utf8')) as Mark[]
  const marks = ['client', 'server', 'chain'].flatMap(marksOf).sort(([, a], [, b]) => a - b)
  rmSync(folder, { recursive: true })
  return { marks, beside }
}

interface Running {
  folder: string
  children: Record<Calls['by'], Child>
}

/** How long calls are counted, and what comes before, in milliseconds. */
const countedMs = 1_500
const warmUpMs = 2_500

/** Counts the system calls of the three processes for a while; none where there is no `strace`. */
async function callsOf({ folder, children }: Running): Promise<Counted> {
  await new Promise((resolve) => setTimeout(resolve, warmUpMs))
  const names = Object.keys(children) as Calls['by'][]
  const counting = names.map((by) => {
    const file = join(folder, `${by}.calls`)
    const strace = spawn('strace', ['-f', '-c', '-o', file, '-p', String(children[by].child.pid)])
    const ended = once(strace, 'close').then(
      () => true,
      () => false,
    )
    return { by, file, strace, ended }
  })
  const from = Number(process.hrtime.bigint())
  await new Promise((resolve) => setTimeout(resolve, countedMs))
  const to = Number(process.hrtime.bigint())
  const found: Calls[] = []
  for (const { by, file, strace, ended } of counting) {
    strace.kill('SIGINT')
    if (await ended) found.push({ by, calls: callsIn(readFileSync(file, 'utf8')) })
  }
  return { from, to, found }
}

/** The table that `strace -c` writes: share, seconds, microseconds a call, calls, errors if any, name. */
function callsIn(table: string): Record<string, number> {
  const rows = [...table.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$/gm)]
  return Object.fromEntries(
    rows
      .filter(([, , name]) => name !== 'total')
      .map(([, calls, name]) => [name as string, Number(calls)] as const)
      .sort(([, a], [, b]) => b - a),
  )
}

/** The medians of the steps, over the words of which each was seen once and in order. */
function stepsOf(marks: readonly Mark[]): Traced[] {
  const found: number[][] = []
  let word: Mark[] = []
  for (const mark of marks) {
    word.push(mark)
    if (mark[0] !== 'client.has') continue
    const isWhole =
      word.length === steps.length + 1 &&
      steps.every(({ from, to }, i) => word[i]?.[0] === from && word[i + 1]?.[0] === to)
    if (isWhole) found.push(steps.map((_, i) => ((word[i + 1]?.[1] ?? 0) - (word[i]?.[1] ?? 0)) / 1_000))
    word = [mark]
  }
  // The first half warms up.
  const counted = found.slice(found.length >> 1)
  return steps.map(({ by, does }, i) => {
    const times = counted.map((each) => each[i] ?? 0).sort((a, b) => a - b)
    return { by, does, us: Math.round(times[times.length >> 1] ?? 0) }
  })
}
