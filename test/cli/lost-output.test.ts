/** Commands whose output goes to a full disk: a server goes on, the others say so once. `/dev/full` is such a disk. */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { expect, test } from 'vitest'
import { freePort } from '../../conformance/harness/process.ts'
import { builtMain } from '../support/built.ts'

const full = '/dev/full'

/** Starts a command whose standard output is a full disk, and whose standard error is one or is kept. */
async function withoutRoom(args: readonly string[], errorsToo = false) {
  const to = openSync(full, 'w')
  const child = spawn(process.execPath, [await builtMain(), ...args], {
    stdio: ['ignore', to, errorsToo ? to : 'pipe'],
    env: { ...process.env, DATA_DIR: undefined },
  })
  closeSync(to)
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, stderr })),
  )
  return { child, ended }
}

test.runIf(existsSync(full))('a server goes on without its lines', async () => {
  const port = await freePort()
  const { child, ended } = await withoutRoom(['serve', '--port', String(port)], true)
  const ask = () => fetch(`http://127.0.0.1:${port}/poem`).then(({ status }) => status)
  const answered = async (): Promise<number> =>
    child.exitCode === null
      ? ask().catch(() => new Promise((resolve) => setTimeout(resolve, 50)).then(answered))
      : Promise.reject(new Error(`it ended with ${child.exitCode}`))
  expect(await answered()).toBe(402)
  expect(await ask()).toBe(402)
  child.kill('SIGTERM')
  expect((await ended).code).toBe(0)
})

test.runIf(existsSync(full))('another command says so, once, and ends with 2', async () => {
  const { code, stderr } = await (await withoutRoom(['list', 'scenarios'])).ended
  expect([code, stderr]).toEqual([2, 'error: the output cannot be written: ENOSPC\n'])
})
