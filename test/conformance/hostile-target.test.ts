/** What a target does to the kit: it may send without end, and the kit ends all the same, with a verdict and alone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { send } from '../../conformance/harness/http.ts'
import { Trace } from '../../conformance/kit/trace.ts'
import { TargetError } from '../../conformance/kit/verdict.ts'
import { judged } from '../../conformance/suites/mpp/server/controls/judge.ts'
import { fault } from '../../conformance/suites/mpp/server/fault.ts'
import { builtMain } from '../support/built.ts'

test('a body without end is read to a limit', async () => {
  let sent = 0
  const server = createServer((_, response) => {
    const more = () => {
      while (response.writable && !response.destroyed) {
        sent += 65_536
        if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more)
      }
    }
    more()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answer = await send(`http://127.0.0.1:${port}/`, {}, new Trace().recorder('x'), 5_000)
  await expect(answer.text()).rejects.toThrow(TargetError)
  expect(sent).toBeLessThan(64 * 1024 * 1024)
  server.close()
})

test('a stream that goes on without end and without a charge is judged', async () => {
  const server = fault({
    name: 'never charges and never ends',
    breaks: 'SESS-SSE-015',
    caughtBy: [],
    async *deliver() {
      for (;;) yield 'free'
    },
  })
  const { red } = await judged({ fault: server, only: 'stream' })
  expect(red.find(({ id }) => id === 'stream.exact-units')).toMatchObject({ verdict: 'fail' })
})

test('a stream of events that say nothing, without end, is judged', async () => {
  const server = fault({
    name: 'sends pings in place of units',
    breaks: 'SESS-SSE-015',
    caughtBy: [],
    async *deliver(_, { signal }) {
      while (!signal.aborted) {
        await sleep(20)
        yield { event: 'ping', data: '' }
      }
    },
  })
  const { red } = await judged({ fault: server, only: 'stream', timeoutMs: 500 })
  expect(red.some(({ verdict }) => verdict === 'fail')).toBe(true)
  expect(red.filter(({ verdict }) => verdict === 'harness')).toEqual([])
})

test('a server that the kit started ends with it', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'hostile-')), 'pid')
  const server = `require('fs').writeFileSync(${JSON.stringify(file)}, String(process.pid))
    require('http').createServer((q, a) => q.url === '/' && a.end()).listen(process.env.PORT, '127.0.0.1')`
  const command = `exec '${process.execPath}' -e '${server.replaceAll("'", "'\\''")}'`
  const kit = spawn(
    process.execPath,
    [await builtMain(), 'test', 'server', 'http://127.0.0.1:{port}/poem', '--start', command],
    { stdio: 'ignore' },
  )
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await sleep(50)
  const pid = Number(readFileSync(file, 'utf8'))
  kit.kill('SIGTERM')
  expect(await once(kit, 'exit')).toEqual([143, null])
  while (lives(pid)) await sleep(50)
})

test('who reads no further ends a command quietly', async () => {
  const kit = spawn(process.execPath, [await builtMain(), 'list', 'requirements'])
  let said = ''
  kit.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  kit.stdout.destroy()
  expect(await once(kit, 'exit')).toEqual([0, null])
  expect(said).toBe('')
})

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
