/**
 * Runs a command to its end, such as a client under test, and records its output and how it ended. A command that
 * hangs, writes too much, ignores SIGTERM or leaves child processes behind is stopped, and the result says so.
 */
import type { Readable } from 'node:stream'
import { patience } from './patience.ts'
import { isUnreachable, release, signalGroup, spawnTracked } from './process.ts'
import { tellLeftBehind } from './signalled.ts'
import { killMarked, mark } from './strays.ts'

export interface Running {
  /** A shell command. */
  command: string
  cwd: string
  env: Readonly<Record<string, string>>
  /** Longest run, in milliseconds as `patience` counts them. */
  timeoutMs: number
  /** Sends SIGKILL at once when aborted. */
  kill?: AbortSignal | undefined
}

export interface Ran {
  /** Exit code; null when a signal ended it. */
  code: number | null
  /** The first mebibyte of each. */
  stdout: string
  stderr: string
  /** It had to be stopped: it ran too long, printed too much, or was killed because the kit wanted it so. */
  stopped: 'late' | 'loud' | 'killed' | undefined
  /** SIGTERM did not end it. */
  stubborn: boolean
  /** Processes it started that were still there after it. */
  strays: number
  /** Processes it started that run as another user: the kit may not end them, and they are there still. */
  unreachable: readonly number[]
}

/** Most that is kept of an output, in bytes; more than twice as much ends the command. */
const maxOutput = 1_048_576
/** How long a command may take to end when it is asked to, in milliseconds. */
const patienceMs = 2_000

/** Runs a shell command. Resolves when the command and all processes it started have ended that the kit may end. */
export async function runCommand({ command, cwd, env, timeoutMs, kill }: Running): Promise<Ran> {
  const carried = mark()
  const { child, exited } = spawnTracked(carried.marked(command), {
    cwd,
    env: { ...process.env, ...env, ...carried.env },
    stdout: 'pipe',
  })
  let stopped: Ran['stopped']
  let stubborn = false
  let strays = 0
  let giveUp: () => void = () => undefined
  const givenUp = new Promise<void>((resolve) => (giveUp = resolve))
  const kills = () => {
    signalGroup(child, 'SIGKILL')
    if (isUnreachable(child)) giveUp()
  }
  const end = () => {
    stopped ??= 'killed'
    kills()
  }
  if (kill?.aborted) end()
  kill?.addEventListener('abort', end, { once: true })
  let killing: ReturnType<typeof setTimeout> | undefined
  // What cannot be found may hold them for ever: nobody waits for it.
  let releasing: ReturnType<typeof setTimeout> | undefined
  // What it left behind holds its pipes open: it ends too, also where it left its group.
  const sweep = () => {
    kills()
    strays += killMarked(carried)
  }
  const stop = (why: 'late' | 'loud') => {
    if (stopped !== undefined) return
    stopped = why
    signalGroup(child, 'SIGTERM')
    killing = setTimeout(() => {
      stubborn = true
      sweep()
    }, patienceMs)
  }
  const inTime = patience(timeoutMs, () => stop('late'))
  const stdout = keep(child.stdout, () => stop('loud'))
  const stderr = keep(child.stderr, () => stop('loud'))
  const code = await new Promise<number | null>((resolve) => {
    void givenUp.then(() => resolve(null))
    child.once('exit', (ended) => {
      inTime()
      // Asked to end, the processes of a shell may take longer than the shell itself.
      if (killing === undefined) {
        // What forks all the time is stopped first, so that it can be counted.
        signalGroup(child, 'SIGSTOP')
        strays += killMarked(carried)
        signalGroup(child, 'SIGKILL')
      }
      releasing = setTimeout(() => release(child), 2 * patienceMs)
      resolve(ended)
    })
  })
  await Promise.race([exited, givenUp])
  inTime()
  clearTimeout(killing)
  clearTimeout(releasing)
  strays += killMarked(carried)
  kill?.removeEventListener('abort', end)
  const unreachable = [...carried.unreachable]
  if (isUnreachable(child)) {
    release(child)
    child.unref()
    if (child.pid !== undefined && !carried.unreachable.has(child.pid)) unreachable.push(child.pid)
  }
  tellLeftBehind(command, unreachable)
  return { code, stdout: stdout(), stderr: stderr(), stopped, stubborn, strays, unreachable }
}

/** Keeps the beginning of a stream; tells when it is far too long. */
function keep(stream: Readable | null, tooLong: () => void): () => string {
  const chunks: Buffer[] = []
  let kept = 0
  let seen = 0
  stream?.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (kept < maxOutput) {
      chunks.push(chunk.subarray(0, maxOutput - kept))
      kept = Math.min(maxOutput, kept + chunk.length)
    }
    if (seen > 2 * maxOutput) tooLong()
  })
  return () => Buffer.concat(chunks).toString('utf8')
}
