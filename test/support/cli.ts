/** Runs the command line as a user does, in a process of its own. */
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtMain } from './built.ts'

/** Where commands keep channels, unless a test says otherwise: not among the user's own. */
const stateDir = mkdtempSync(join(tmpdir(), 'streamed-payments-state-'))
const environment = { STATE_DIR: stateDir, ...process.env }

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** What a command gets beside its arguments. */
export interface Surroundings {
  /** Text on its standard input, which otherwise is empty. */
  input?: string
  /** Variables added to those of the tests. */
  env?: Readonly<Record<string, string>>
}

/** Runs a command to its end. */
export const cli = (...args: string[]): Promise<Ended> => cliIn({}, ...args)

/** Runs a command to its end in the surroundings it is given. */
export const cliIn = async (surroundings: Surroundings, ...args: string[]): Promise<Ended> =>
  run([await builtMain(), ...args], surroundings)

/** Runs node to its end. */
export const node = (...args: string[]): Promise<Ended> => run(args, {})

/** Runs node to its end in the surroundings it is given. */
export const nodeIn = (surroundings: Surroundings, ...args: string[]): Promise<Ended> =>
  run(args, surroundings)

function run(args: readonly string[], { input, env }: Surroundings): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...environment, ...env },
    })
    // A command may end without reading its input.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** A command that goes on until it is stopped. */
export interface Running extends AsyncDisposable {
  /** What it has printed so far. */
  output(): string
  /** SIGKILL: it has no time for anything. */
  kill(): Promise<void>
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>
}

/** Starts a command and waits until it has printed `ready`. */
export const start = (ready: RegExp, ...args: string[]): Promise<Running> => startIn({}, ready, ...args)

/** Starts a command with variables of its own and waits until it has printed `ready`. */
export async function startIn(
  env: Readonly<Record<string, string>>,
  ready: RegExp,
  ...args: string[]
): Promise<Running> {
  const child = spawn(process.execPath, [await builtMain(), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment, ...env },
  })
  let output = ''
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      output += chunk.toString()
      if (ready.test(output)) resolve()
    }
    child.stdout.on('data', onData)
    child.stderr.on('data', onData)
    child.once('close', () => reject(new Error(`ended before it was ready: ${output}`)))
  })
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return closed
  }
  return {
    output: () => output,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    [Symbol.asyncDispose]: async () => void (await end('SIGTERM')),
  }
}

/** A file in a folder of its own. */
export const temporary = (name: string): string =>
  join(mkdtempSync(join(tmpdir(), 'streamed-payments-')), name)

/** The URL on this machine that follows a label in an output; empty where there is none. */
export const urlIn = (text: string, label: string): string =>
  new RegExp(`${label}.*?(http://127\\.0\\.0\\.1:\\d+\\S*)`).exec(text)?.[1] ?? ''
