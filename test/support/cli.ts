/** Runs the command line as a user does, in a process of its own. */
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

const command = ['--import', 'tsx', 'conformance/cli/main.ts']

/** Runs a command to its end. */
export const cli = (...args: string[]): Promise<Ended> => node(...command, ...args)

/** Runs a command to its end, with a text on its standard input. */
export const spawnWithInput = (input: string, ...args: string[]): Promise<Ended> =>
  run([...command, ...args], input)

/** Runs node to its end. */
export const node = (...args: string[]): Promise<Ended> => run(args)

function run(args: readonly string[], input?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
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
}

/** Starts a command and waits until it has printed `ready`. */
export async function start(ready: RegExp, ...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [...command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      output += chunk.toString()
      if (ready.test(output)) resolve()
    }
    child.stdout.on('data', onData)
    child.stderr.on('data', onData)
    child.once('close', () => reject(new Error(`ended before it was ready: ${output}`)))
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    output: () => output,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await closed
    },
  }
}

/** A file in a folder of its own. */
export const temporary = (name: string): string =>
  join(mkdtempSync(join(tmpdir(), 'streamed-payments-')), name)
