/**
 * Adapters: another implementation behind a command. It reads a JSON request and writes a JSON answer; in line mode
 * one process takes a request a line and answers each with a line, in order.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { parse } from 'yaml'
import { z } from 'zod'
import { isObject } from '../../src/codec/json.ts'
import { SetupError } from '../kit/verdict.ts'
import type { Answer, Request } from './ops.ts'

/** adapter.json; members of other kits are allowed and not read. */
const manifestSchema = z.looseObject({
  schema: z.literal(1),
  name: z.string().min(1),
  command: z.array(z.string()).min(1),
  /** Relative to the manifest. */
  cwd: z.string().optional(),
  /** Operations it answers; others are skipped. Absent: it says `unsupported_operation` itself. */
  capabilities: z.array(z.string()).optional(),
  /** `lines`: one process for all requests. Absent: one process a request. */
  mode: z.enum(['once', 'lines']).optional(),
})

/** A disagreement that is known, with the reason. */
export const knownSchema = z.strictObject({
  /** `file/tcId`. */
  vectors: z.array(z.string().regex(/^[a-z0-9-]+\/[0-9]+$/)).min(1),
  because: z.string().min(10),
  link: z.string(),
  /** Money can be taken with it and the vendor has not fixed it: reports only say that something is withheld. */
  embargoed: z.boolean().optional(),
})
export type Known = z.output<typeof knownSchema>

/** Answers requests of vectors. */
export interface Adapter extends AsyncDisposable {
  name: string
  capabilities?: ReadonlySet<string>
  known: readonly Known[]
  ask(request: Request): Promise<Answer>
}

/** Longest wait for one answer, in milliseconds. */
export const answerTimeoutMilliseconds = 20_000

/**
 * Reads the adapter of a folder: adapter.json, and adapter-baseline.yaml beside it, if there is one. Throws
 * `SetupError` when adapter.json is missing or not JSON, or a file does not fit its schema. Nothing is started before
 * the first request.
 */
export function loadAdapter(folder: string): Adapter {
  const file = join(folder, 'adapter.json')
  if (!existsSync(file)) throw new SetupError(`no adapter.json in ${folder}`)
  const manifest = manifestSchema.safeParse(readJson(file))
  if (!manifest.success) throw new SetupError(`${file}: ${z.prettifyError(manifest.error)}`)
  const baseline = join(folder, 'adapter-baseline.yaml')
  const known = z
    .array(knownSchema)
    .safeParse(existsSync(baseline) ? (parse(readFileSync(baseline, 'utf8')) ?? []) : [])
  if (!known.success) throw new SetupError(`${baseline}: ${z.prettifyError(known.error)}`)
  const { name, command, cwd = '.', capabilities, mode } = manifest.data
  return {
    name,
    ...(capabilities === undefined ? {} : { capabilities: new Set(capabilities) }),
    known: known.data,
    ...commandAdapter(command, resolve(folder, cwd), mode === 'lines'),
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new SetupError(`${file} is not JSON`)
  }
}

type Asking = Pick<Adapter, 'ask' | typeof Symbol.asyncDispose>

/**
 * A command as an adapter; `lines` selects line mode. A crash, an answer that takes over 20 seconds or an invalid
 * answer is an error of type `adapter_failure` for that request, and does not end the run.
 */
export const commandAdapter = (command: readonly string[], cwd: string, lines: boolean): Asking =>
  lines ? lineAdapter(command, cwd) : onceAdapter(command, cwd)

const broken = (message: string): Answer => ({ ok: false, error: { type: 'adapter_failure', message } })

function toAnswer(text: string): Answer {
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value) && value['ok'] === true && value['value'] !== undefined) return value as Answer
    const error = isObject(value) && value['ok'] === false ? value['error'] : undefined
    if (isObject(error) && typeof error['type'] === 'string') return value as unknown as Answer
    return broken('the answer is neither {ok: true, value} nor {ok: false, error: {type, message}}')
  } catch {
    return broken(`the answer is not JSON: ${JSON.stringify(text.slice(0, 80))}`)
  }
}

function start([file, ...args]: readonly string[], cwd: string): ChildProcess {
  const child = spawn(file as string, args, { cwd, stdio: ['pipe', 'pipe', 'inherit'] })
  // A process that ends before it has read its input is told by its exit, not by the broken pipe.
  child.stdin?.on('error', () => undefined)
  return child
}

function onceAdapter(command: readonly string[], cwd: string): Asking {
  return {
    ask: (request) =>
      new Promise((done) => {
        const child = start(command, cwd)
        const timer = setTimeout(() => child.kill('SIGKILL'), answerTimeoutMilliseconds)
        let out = ''
        const end = (answer: Answer) => {
          clearTimeout(timer)
          done(answer)
        }
        child.stdout?.setEncoding('utf8').on('data', (text: string) => {
          out += text
        })
        child.once('error', (error) => end(broken(error.message)))
        child.once('close', (code, signal) =>
          end(code === 0 ? toAnswer(out) : broken(`the adapter ended with ${signal ?? `exit code ${code}`}`)),
        )
        child.stdin?.end(`${JSON.stringify(request)}\n`)
      }),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function lineAdapter(command: readonly string[], cwd: string): Asking {
  let running: { child: ChildProcess; lines: Interface } | undefined
  const stop = () => {
    running?.child.kill('SIGKILL')
    running?.lines.close()
    running = undefined
  }
  const process = () => {
    if (running !== undefined) return running
    const child = start(command, cwd)
    running = { child, lines: createInterface({ input: child.stdout as NodeJS.ReadableStream }) }
    return running
  }
  return {
    ask: (request) =>
      new Promise((done) => {
        const { child, lines } = process()
        const end = (answer: Answer) => {
          clearTimeout(timer)
          lines.off('line', onLine)
          child.off('close', onClose)
          child.off('error', onError)
          done(answer)
        }
        const onLine = (text: string) => end(toAnswer(text))
        const onClose = (code: number | null) => {
          running = undefined
          end(broken(`the adapter ended with exit code ${code}`))
        }
        const onError = (error: Error) => {
          running = undefined
          end(broken(error.message))
        }
        const timer = setTimeout(() => {
          stop()
          end(broken(`no answer within ${answerTimeoutMilliseconds} ms`))
        }, answerTimeoutMilliseconds)
        lines.once('line', onLine)
        child.once('close', onClose)
        child.once('error', onError)
        child.stdin?.write(`${JSON.stringify(request)}\n`)
      }),
    [Symbol.asyncDispose]: async () => stop(),
  }
}
