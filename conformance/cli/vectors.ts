/** `vectors`: writes the test vectors, holds our library to them, and runs them through an adapter. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { z } from 'zod'
import { CliError, print, printJson } from '../../src/cli/output.ts'
import { type Adapter, commandAdapter, loadAdapter } from '../vectors/adapter.ts'
import { folder, format, generate, lint, loadVectors } from '../vectors/generate.ts'
import { answer } from '../vectors/ops.ts'
import { type CaseResult, compareKnown, runVectors } from '../vectors/run.ts'
import { schema, type VectorFile } from '../vectors/vector.ts'

export function registerVectors(program: Command): void {
  const vectors = program.command('vectors').description('language-neutral test vectors')
  vectors
    .command('generate')
    .description('write vectors/*.json from their definitions')
    .option('--check', 'write nothing; fail when a file differs')
    .action(writeAll)
  vectors.command('check').description('hold this library to the vectors').action(check)
  vectors
    .command('run')
    .description('run the vectors through another implementation')
    .argument('[command...]', 'after --: a program that reads a JSON request and writes a JSON answer')
    .option('--adapter <dir>', 'a folder with adapter.json')
    .option('--lines', 'with a command: one process, a request a line')
    .option('--json <file>', 'write the results as JSON')
    .action(run)
  vectors
    .command('answer')
    .description('be an adapter: answer requests on standard input with this library')
    .option('--lines', 'a request a line until the input ends')
    .action(serve)
}

async function writeAll({ check: only = false }: { check?: boolean }): Promise<void> {
  const { definitions } = await import('../vectors/files/index.ts')
  mkdirSync(folder, { recursive: true })
  const previous = new Map(loadVectors().map((file) => [file.file, file]))
  const files: VectorFile[] = []
  for (const definition of definitions) files.push(await generate(definition, previous.get(definition.file)))
  const texts = new Map<string, string>([
    ...files.map((file) => [`${file.file}.json`, format(file)] as const),
    ['schema.json', format(z.toJSONSchema(schema))],
  ])
  const problems = [
    ...lint(files),
    ...readdirSync(folder)
      .filter((name) => name.endsWith('.json') && !texts.has(name))
      .map((name) => `${name} has no definition`),
  ]
  const there = new Set(readdirSync(folder))
  for (const [name, text] of texts) {
    if (there.has(name) && readFileSync(folder + name, 'utf8') === text) continue
    if (only) problems.push(`${name} is not what the definitions say; run vectors generate`)
    else writeFileSync(folder + name, text)
  }
  for (const problem of problems) print(problem)
  if (problems.length > 0) process.exitCode = 1
  else print(counts(files))
}

const counts = (files: readonly VectorFile[]): string => {
  const sum = (name: 'numberOfTests' | 'numberOfInvalid') =>
    files.reduce((total, file) => total + file[name], 0)
  return `${files.length} files, ${sum('numberOfTests')} cases, ${sum('numberOfInvalid')} of them negative`
}

async function check(): Promise<void> {
  const files = loadVectors()
  const problems = lint(files)
  for (const problem of problems) print(problem)
  const results = await runVectors(files, { ask: answer })
  const failed = results.filter(({ verdict }) => verdict !== 'pass')
  for (const result of failed) print(line(result))
  print(`${counts(files)}: ${results.length - failed.length} pass, ${failed.length} fail`)
  if (failed.length + problems.length > 0) process.exitCode = 1
}

const line = ({ id, op, comment, why }: CaseResult): string => `${id} ${op}: ${comment}: ${why ?? ''}`

interface RunOptions {
  adapter?: string
  lines?: boolean
  json?: string
}

async function run(command: string[], options: RunOptions): Promise<void> {
  if ((options.adapter === undefined) === (command.length === 0))
    throw new CliError('give either --adapter <dir> or a command after --')
  const files = loadVectors()
  await using adapter =
    options.adapter === undefined ? fromCommand(command, options) : loadAdapter(options.adapter)
  const results = await runVectors(files, adapter)
  const { unexpected, known, withheld, stale } = compareKnown(results, adapter.known)
  const count = (verdict: CaseResult['verdict']) =>
    results.filter((result) => result.verdict === verdict).length
  const hidden = new Set(withheld.map(({ id }) => id))
  if (options.json !== undefined) {
    const shown = results.filter(({ id }) => !hidden.has(id))
    writeFileSync(
      options.json,
      format({ schema: 1, adapter: adapter.name, withheld: hidden.size, stale, results: shown }),
    )
  }
  for (const result of unexpected) print(line(result))
  for (const id of stale) print(`${id} is in the baseline and does not fail`)
  print(
    `${adapter.name}: ${count('pass')} pass, ${count('fail')} fail (${known.length} known, ${withheld.length} of them withheld), ${count('skip')} skipped`,
  )
  if (unexpected.length + stale.length > 0 || count('pass') === 0) process.exitCode = 1
}

const fromCommand = (command: readonly string[], { lines = false }: RunOptions): Adapter => ({
  name: command.join(' '),
  known: [],
  ...commandAdapter(command, process.cwd(), lines),
})

async function serve({ lines = false }: { lines?: boolean }): Promise<void> {
  if (lines) {
    for await (const text of createInterface({ input: process.stdin })) printJson(await reply(text))
    return
  }
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk)
  printJson(await reply(text))
}

function reply(text: string): ReturnType<typeof answer> {
  try {
    return answer(JSON.parse(text))
  } catch {
    return answer(undefined)
  }
}
