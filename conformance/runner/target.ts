/** A third-party implementation under test: its target file, its process, its baseline. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'
import { SetupError } from './verdict.ts'

export const schema = z.strictObject({
  name: z.string(),
  version: z.string(),
  home: z.string(),
  profile: z.enum(['mpp']),
  role: z.enum(['server']),
  /** Run in the target's folder when its dependencies are missing or older than its lockfile. */
  install: z.string().optional(),
  /** Starts the server; see conformance/README.md for the environment it gets. */
  start: z.string(),
  /** Where it listens; `{port}` is filled in. */
  url: z.string(),
  offers: z.array(z.enum(['stream', 'plain', 'v1'])),
  baseline: z.string().optional(),
})

export type Target = z.output<typeof schema> & { folder: string }

const targets = fileURLToPath(new URL('../targets/', import.meta.url))

/** Names of the targets there are. */
export const targetNames = (): string[] =>
  readdirSync(targets)
    .filter((name) => existsSync(`${targets}${name}/target.yaml`))
    .sort()

/** Reads a target by name. Throws `SetupError`. */
export function loadTarget(name: string): Target {
  const folder = `${targets}${name}`
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(`${folder}/target.yaml`))
    throw new SetupError(`no target ${name}; there are reference, ${targetNames().join(', ')}`)
  const result = schema.safeParse(parse(readFileSync(`${folder}/target.yaml`, 'utf8')))
  if (!result.success) throw new SetupError(`${name}/target.yaml: ${z.prettifyError(result.error)}`)
  return { ...result.data, folder }
}

/** Runs a target's install command unless its dependencies are there and current. */
export async function install(target: Target, print: (line: string) => void): Promise<void> {
  const { install: command, folder, name } = target
  const marker = `${folder}/node_modules/.package-lock.json`
  const lock = `${folder}/package-lock.json`
  if (command === undefined || !existsSync(lock)) return
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs) return
  print(`installing ${name} ${target.version} (${command})`)
  const child = spawn(command, { cwd: folder, shell: true, stdio: ['ignore', 'ignore', 'pipe'] })
  const errors = collect(child)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  if (code !== 0) throw new SetupError(`${name}: ${command} failed\n${errors()}`)
}

export interface RunningTarget {
  url: string
  stop(): Promise<void>
}

/** How long a target may take until it answers. */
const startTimeoutMs = 60_000

/** Starts a target on a free port and waits until it listens. Throws `SetupError` when it does not. */
export async function start(target: Target, environment: Record<string, string>): Promise<RunningTarget> {
  const port = await freePort()
  const child = spawn(target.start, {
    cwd: target.folder,
    shell: true,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...environment, PORT: String(port) },
  })
  const errors = collect(child)
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    killGroup(child)
    await exited
  }
  const url = target.url.replace('{port}', String(port))
  const deadline = performance.now() + startTimeoutMs
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new SetupError(`${target.name} ended before it listened\n${errors()}`)
    if (performance.now() > deadline) {
      await stop()
      throw new SetupError(`${target.name} did not listen within ${startTimeoutMs / 1000} s\n${errors()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { url, stop }
}

/** A port nobody listens on just now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
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

/** The shell and what it started share a process group. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4_000)
  })
  return () => text.trim()
}
