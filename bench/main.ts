/**
 * `npm run bench`: this package beside its peers, a line for each kind of work. `-- voucher` measures the lines whose
 * names begin so, `trace` where the time of a word and of a paid GET goes, and `profile` that of the processor.
 * `--json FILE` writes them over the same lines of the file, and `--page` docs/performance.md from all. `--against FILE`
 * fails when a ratio fell by more than a fifth. `--channels N` and `--paused N` say how many channels and paused streams
 * are many: the curves of growth go up to them by tens.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { type Line, type Measured, measure } from './line.ts'
import { codecLines } from './lines/codecs.ts'
import { growthLines } from './lines/growth.ts'
import { pausedLines } from './lines/paused.ts'
import { storeLines } from './lines/store.ts'
import { streamLines } from './lines/streams.ts'
import { voucherLines } from './lines/vouchers.ts'
import { pageOf, type Run } from './page.ts'
import { peerVersion } from './peers.ts'
import { profiles } from './profiles.ts'
import { traceOf } from './trace.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    page: { type: 'boolean' },
    against: { type: 'string' },
    channels: { type: 'string', default: '100000' },
    paused: { type: 'string', default: '2000' },
  },
})
const all: Line[] = [
  ...streamLines(),
  ...storeLines(),
  ...pausedLines(Number(values.paused)),
  ...growthLines(Number(values.channels), Number(values.paused)),
  ...(await codecLines()),
  ...(await voucherLines()),
]
const lines = all.filter(
  ({ id }) => positionals.length === 0 || positionals.some((name) => id.startsWith(name)),
)
const isTraced = positionals.length === 0 || positionals.includes('trace')
const isProfiled = positionals.length === 0 || positionals.includes('profile')
if (lines.length === 0 && !isTraced && !isProfiled) throw new Error('no line has such a name')

/** What the file has, of which some may be measured anew. */
const before: Pick<Run, 'lines' | 'traces' | 'profiles'> =
  values.json === undefined || !existsSync(values.json)
    ? { lines: [] }
    : (JSON.parse(readFileSync(values.json, 'utf8')) as Run)

const machine = {
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.versions.node,
}
const peers = { mppx: peerVersion('mppx', 'mppx'), viem: peerVersion('mppx', 'viem') }

/** Writes what was measured so far over what was there: a run that is cut off keeps its lines. */
function write(measured: readonly Measured[], traces = before.traces, profiled = before.profiles): Run {
  const run: Run = {
    machine,
    peers,
    lines: all.flatMap(({ id }) => [...measured, ...before.lines].find((line) => line.id === id) ?? []),
    ...(traces === undefined ? {} : { traces }),
    ...(profiled === undefined ? {} : { profiles: profiled }),
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(run, undefined, 2)}\n`)
  return run
}

const measured: Measured[] = []
for (const line of lines) {
  const found = await measure(line)
  measured.push(found)
  write(measured)
  const compared =
    found.ratio === undefined
      ? ''
      : `${found.theirs?.toFixed(0)} (${found.peer})  x ${found.ratio.toFixed(2)}`
  process.stdout.write(
    `${found.id.padEnd(26)} ${found.ours.toFixed(0).padStart(9)} ${found.unit}  ${compared}\n`,
  )
}
const run = write(
  measured,
  isTraced ? { word: await traceOf('words'), get: await traceOf('lines') } : before.traces,
  isProfiled ? await profiles(Number(values.paused)) : before.profiles,
)
if (values.page) writeFileSync(new URL('../docs/performance.md', import.meta.url), pageOf(run))

/** Part of a ratio that may be lost to an unlucky night. */
const tolerance = 0.8
if (values.against !== undefined) {
  const { lines: then } = JSON.parse(readFileSync(values.against, 'utf8')) as Run
  const fallen = measured.filter(({ id, ratio = 0 }) => {
    const known = then.find((line) => line.id === id)?.ratio
    return known !== undefined && ratio < known * tolerance
  })
  for (const { id, ratio } of fallen)
    process.stdout.write(`fell by more than a fifth: ${id}, now ${ratio?.toFixed(2)}\n`)
  if (fallen.length > 0) process.exitCode = 1
}
process.exit()
