/**
 * Clients and servers that run as another user by the time they are to be ended. The kit may not end them: it says so,
 * waits for nothing that does not come, and goes on.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Ran, runCommand } from '../../conformance/harness/command.ts'
import { launch } from '../../conformance/harness/process.ts'

const [nobody, other] = [65_534, 1]
/** Root alone can be somebody else for a while, and start a process as a third. */
const why =
  process.getuid?.() !== 0 || !isMainThread
    ? 'needs root'
    : spawnSync('setpriv', ['--version']).status === 0
      ? undefined
      : 'needs setpriv'

const as = (command: string) => `setpriv --reuid=${other} --regid=${other} --clear-groups ${command}`
/** Of a time of its own, so that it can be known. */
const sleep = `sleep ${600 + process.pid / 1e7}`

describe.skipIf(why !== undefined)(`as another user${why === undefined ? '' : `: ${why}`}`, () => {
  let said = ''
  beforeEach(() => {
    said = ''
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text)
      return true
    })
    process.seteuid?.(nobody)
  })
  afterEach(() => {
    process.seteuid?.(0)
    vi.restoreAllMocks()
    for (const pid of sleeping()) process.kill(pid, 'SIGKILL')
  })

  const run = (command: string, kill?: AbortSignal): Promise<Ran> =>
    runCommand({ command, cwd: '/', env: {}, timeoutMs: 1_000, kill })

  test.each([
    ['the client itself', `exec ${as(sleep)}`, { stopped: 'late', code: null }],
    ['what it leaves behind', `${as(sleep)} >/dev/null 2>&1 & sleep 0.3; exit 3`, { code: 3 }],
    ['what holds its output', `${as(sleep)} & sleep 0.3; exit 3`, { code: 3 }],
  ])('%s: it is told and left', async (_, command, expected) => {
    const ran = await run(command)
    expect(ran).toMatchObject(expected)
    expect(ran.unreachable).toEqual(sleeping())
    expect(ran.unreachable).toHaveLength(1)
    expect(said).toContain(`a process of another user is left behind (${ran.unreachable[0]})`)
  })

  test('one that is to be killed at once is not waited for', async () => {
    const kill = new AbortController()
    const running = run(`exec ${as(sleep)}`, kill.signal)
    await vi.waitFor(() => expect(sleeping()).toHaveLength(1))
    kill.abort()
    expect(await running).toMatchObject({ stopped: 'killed', unreachable: sleeping() })
  })

  const serving = `require('http').createServer((_, answer) => answer.end()).listen(process.env.PORT)`
  test.each([
    ['a server', (node: string) => `${as(sleep)} & exec ${node}`],
    ['a server that became another user', (node: string) => `${as(sleep)} & exec ${as(node)}`],
  ])('%s', async (_, command) => {
    const node = `'${process.execPath}' -e "${serving}"`
    const server = await launch({
      name: 'a server',
      command: command(node),
      cwd: '/',
      url: 'http://127.0.0.1:{port}',
      env: {},
    })
    await server.stop()
    expect(said).toMatch(/^warning: a server: a process of another user is left behind/)
    expect(sleeping()).toHaveLength(1)
    process.seteuid?.(0)
    for (const pid of processes((line) => line.includes(serving))) process.kill(pid, 'SIGKILL')
  })
})

const sleeping = (): number[] => processes((line) => line === sleep)

/** Processes by their command. */
const processes = (picks: (line: string) => boolean): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && picks(commandOf(pid)))

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()
  } catch {
    // It ended meanwhile.
    return ''
  }
}
