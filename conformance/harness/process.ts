/** Servers the kit starts: their processes, ports and folders; how they are killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SetupError } from '../kit/verdict.ts'
import { patience } from './patience.ts'
import { signalled, tellLeftBehind } from './signalled.ts'

/** A server of the kit's own, that it may kill. */
export interface Instance {
  url: string
  /** Sends SIGKILL to the server and all processes it started; resolves when they have ended. */
  kill(): Promise<void>
  /** Sends SIGTERM, and SIGKILL after 20 seconds. Resolves with whether the server ended by itself. */
  terminate(): Promise<boolean>
  /** Starts it again, on the same port and the same data. */
  restart(): Promise<void>
  /** Kills it and removes its data. */
  stop(): Promise<void>
}

/** A process to start: its command, folder and variables, and the URL at which it answers. */
export interface Launch {
  /** Shown in errors. */
  name: string
  /** A shell command. */
  command: string
  cwd: string
  /** Where it listens; `{port}` is filled in. */
  url: string
  env: Readonly<Record<string, string>>
}

/** Running child processes. They are killed when the kit's process exits, for whatever reason it can observe. */
const running = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL')
})

/** On SIGHUP, SIGINT and SIGTERM ends the kit with the usual exit code, and with it all its child processes. */
function endOnSignals(): void {
  for (const [signal, number] of signals) process.once(signal, () => process.exit(128 + number))
}

const signals = [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const

/** How long the last work may take once a signal came, in milliseconds. */
const lastWorkMs = 30_000

/** Has some last work done when a signal ends the kit. A second signal ends it at once. The answer takes that back. */
export function beforeEnd(work: () => Promise<unknown>): () => void {
  const listeners = signals.map(([signal, number]) => {
    const listener = () => {
      const end = () => process.exit(128 + number)
      setTimeout(end, lastWorkMs)
      work().then(end, end)
    }
    process.once(signal, listener)
    return () => process.off(signal, listener)
  })
  return () => {
    for (const forget of listeners) forget()
  }
}

/** How long a server may take until it listens, in milliseconds. */
const startTimeoutMs = 60_000
/** How long it may take to end after SIGTERM, in milliseconds. */
const stopTimeoutMs = 20_000
/** How long its pipe may stay open after SIGKILL, in milliseconds. */
const pipeTimeoutMs = 4_000

/**
 * Starts a server on a free port, which it is told as PORT, with a new data folder, DATA_DIR. Resolves once it answers
 * HTTP. Rejects with `SetupError` when it ends first or does not listen within 60 seconds; the message has the end of
 * its stderr.
 */
export async function launch(options: Launch): Promise<Instance> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'streamed-payments-'))
  const env = { ...process.env, DATA_DIR: folder, ...options.env, PORT: String(port) }
  let server = await begin(options, port, env)
  return {
    url: options.url.replace('{port}', String(port)),
    kill: () => server.kill(),
    terminate: () => server.terminate(),
    async restart() {
      await server.kill()
      server = await begin(options, port, env)
    },
    async stop() {
      await server.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a shell command in a process group of its own, which does not outlive the kit. */
export function spawnTracked(
  command: string,
  options: { cwd: string; env: NodeJS.ProcessEnv; stdout: 'ignore' | 'pipe' },
): { child: ChildProcess; exited: Promise<void> } {
  const { cwd, env, stdout } = options
  const child = spawn(command, { cwd, shell: true, detached: true, stdio: ['ignore', stdout, 'pipe'], env })
  if (running.size === 0 && process.listenerCount('SIGTERM') === 0) endOnSignals()
  running.add(child)
  const exited = new Promise<void>((resolve) =>
    child.once('close', () => {
      running.delete(child)
      resolve()
    }),
  )
  return { child, exited }
}

async function begin({ name, command, cwd }: Launch, port: number, env: NodeJS.ProcessEnv) {
  const { child, exited } = spawnTracked(command, { cwd, env, stdout: 'ignore' })
  const errors = collect(child)
  let giveUp: () => void = () => undefined
  const over = Promise.race([exited, new Promise<void>((resolve) => (giveUp = resolve))])
  const kill = async () => {
    killOrLeave(name, child, giveUp)
    // The shell ends; what changed its user may hold its pipe for ever.
    const letGo = setTimeout(() => leave(name, child), pipeTimeoutMs)
    await over
    clearTimeout(letGo)
  }
  const terminate = async () => {
    signalGroup(child, 'SIGTERM')
    let killed = false
    const inTime = patience(stopTimeoutMs, () => {
      killed = true
      killOrLeave(name, child, giveUp)
    })
    await over
    inTime()
    return !killed
  }
  let late = false
  const inTime = patience(startTimeoutMs, () => (late = true))
  try {
    for (;;) {
      const answers = await listens(port)
      // Looked at last: where it has ended, somebody else may answer.
      if (child.exitCode !== null) throw new SetupError(`${name} ended before it listened\n${errors()}`)
      if (answers) return { kill, terminate }
      if (late) {
        await kill()
        throw new SetupError(`${name} did not listen within ${startTimeoutMs / 1000} s\n${errors()}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  } finally {
    inTime()
  }
}

/** A TCP port of 127.0.0.1 that is free at this moment, and that no system gives to whoever asks for any port. */
export async function freePort(): Promise<number> {
  const { port, free } = await deadPort()
  await free()
  return port
}

/**
 * Ports that operating systems do not hand out, for servers or for connections: what is free here stays free until the
 * server that is told of it has started.
 */
const [firstPort, lastPort] = [10_000, 32_767]
const mostTaken = 100

/** A TCP port of 127.0.0.1 at which every connection breaks, until it is freed: nobody else takes it meanwhile. */
export async function deadPort(): Promise<{ port: number; free(): Promise<void> }> {
  for (let taken = 0; ; taken++) {
    const port = randomInt(firstPort, lastPort + 1)
    const server = createServer((socket) => socket.destroy())
    const error = await new Promise<Error | undefined>((resolve) => {
      server.once('error', resolve)
      server.listen(port, '127.0.0.1', () => resolve(undefined))
    })
    if (error === undefined)
      return { port, free: () => new Promise((resolve) => server.close(() => resolve())) }
    if (taken === mostTaken) throw error
  }
}

async function listens(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) })
    await response.body?.cancel()
    return true
  } catch (error) {
    // Not yet: refused, or too slow to answer. Anything it answers counts as listening.
    return error instanceof TypeError || (error as Error).name === 'TimeoutError'
      ? false
      : Promise.reject(error)
  }
}

/**
 * Signals a shell and what it started, which share a process group. The group may outlive the shell; once its pipes are
 * closed too it is left alone, for its number may be another's by then. Answers false where all of it is another user's.
 */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): boolean {
  if (child.pid === undefined || !running.has(child)) return true
  return signalled(-child.pid, signal)
}

/** Whether a shell runs, and as another user by now: then nothing tells when it ends, for nobody may end it. */
export const isUnreachable = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid !== undefined && exitCode === null && signalCode === null && !signalled(pid, 0)

/** Kills a server. What is another user's stays, is told, and is not waited for. */
function killOrLeave(name: string, child: ChildProcess, giveUp: () => void): void {
  signalGroup(child, 'SIGKILL')
  if (!isUnreachable(child)) return
  leave(name, child)
  child.unref()
  giveUp()
}

/** Lets go of what is left of a server, and tells it where it is another user's. */
function leave(name: string, child: ChildProcess): void {
  if (child.pid !== undefined && !signalled(-child.pid, 0)) tellLeftBehind(name, [child.pid])
  release(child)
}

/** Lets go of the pipes of a process: others may hold them for ever. */
export function release(child: ChildProcess): void {
  child.stdout?.destroy()
  child.stderr?.destroy()
}

/** Collects stderr of a process; the returned function answers its last 4,000 characters. */
export function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4_000)
  })
  return () => text.trim()
}
