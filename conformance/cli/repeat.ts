/**
 * `npm run nightly:repeat [times] [role]`: a whole suite of sessions, that of servers or of clients, against the
 * reference, ten times with one seed. Every run has to come to the same verdicts; prints how long each took.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { print } from '../../src/cli/output.ts'
import type { RunResult } from '../kit/result.ts'

const times = Number(process.argv[2] ?? 10)
const role = process.argv[3] ?? 'server'
const main = fileURLToPath(import.meta.url).replace(/repeat(\.[jt]s)$/, 'main$1')
const folder = mkdtempSync(join(tmpdir(), 'streamed-payments-'))
const json = join(folder, 'result.json')
const command = [
  ...process.execArgv,
  main,
  'test',
  role,
  '--target',
  'reference',
  '--seed',
  'repeat',
  '--json',
  json,
]

let first: Map<string, string> | undefined
let same = 0
for (let i = 1; i <= times; i++) {
  const start = performance.now()
  await promisify(execFile)(process.execPath, command).catch(
    (error: { stdout?: string; message: string }) => {
      // A red run has its verdicts too; one that never was has none to read.
      if (!error.stdout?.includes('passed')) throw error
    },
  )
  const seconds = (performance.now() - start) / 1000
  const { checks, summary } = JSON.parse(readFileSync(json, 'utf8')) as RunResult
  const verdicts = new Map(checks.map(({ id, verdict }) => [id, verdict]))
  first ??= verdicts
  const differing = [...new Set([...first.keys(), ...verdicts.keys()])].filter(
    (id) => first?.get(id) !== verdicts.get(id),
  )
  if (differing.length === 0 && summary.fail + summary.warn + summary.blocked === 0) same++
  const said = differing.map((id) => `${id} ${first?.get(id)} -> ${verdicts.get(id)}`).join(', ')
  print(
    `  ${String(i).padStart(3)}   ${verdicts.size} checks   ${summary.pass} passed, ${summary.fail} failed   ${seconds.toFixed(1)} s   ${said}`,
  )
}
rmSync(folder, { recursive: true })
print('')
print(`  ${same} passed, ${times - same} failed`)
process.exitCode = same === times ? 0 : 1
