/** One process serves from a store, whoever died before. */
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { open } from 'lmdb'
import { expect, test } from 'vitest'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { lmdbStore } from '../../src/mpp/server/store/lmdb.ts'
import { cliIn, startIn } from '../support/cli.ts'
import { folders } from '../support/folders.ts'
import { newChain } from '../support/kit.ts'

const folder = folders()

test('a store is open once in a process, and again when it was closed', async () => {
  const path = folder()
  const first = await lmdbStore(path)
  await expect(lmdbStore(path)).rejects.toThrow(`${path} is in use by process ${process.pid}`)
  await first.close()
  await (await lmdbStore(path)).close()
})

/** What Linux tells of this machine and of the space our number counts in; nothing elsewhere. */
function here(): { boot: string; space: string } {
  if (!existsSync('/proc/self/ns/pid')) return { boot: '', space: '' }
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return { boot, space: readlinkSync('/proc/self/ns/pid') }
}

/** Names a process as the owner of a store. */
async function ownedBy(path: string, owner: object): Promise<void> {
  const database = open<string, string>({ path: `${path}/channels.lmdb`, encoding: 'string' })
  await database.put(
    'owner',
    JSON.stringify({ pid: 1, began: '', ...here(), token: 't', beats: 0, ...owner }),
  )
  await database.close()
}

test.each([
  ['of another start of the machine', { boot: 'before' }],
  ['whose number another process has now', { pid: process.ppid, began: '1' }],
  ['that had our number', { pid: process.pid }],
])('the name of a process %s is written over', async (_, owner) => {
  const path = folder()
  await (await lmdbStore(path)).close()
  await ownedBy(path, owner)
  await (await lmdbStore(path)).close()
})

test('a process of another container that does not renew its name is waited for, and then gone', async () => {
  const path = folder()
  await (await lmdbStore(path)).close()
  await ownedBy(path, { space: 'another container' })
  await (await lmdbStore(path)).close()
})

test('a second server on the same data says so in one line and ends; after a kill the next one starts', async () => {
  const rpc = await serveRpc(newChain())
  const path = folder()
  const env = {
    PORT: '0',
    RPC_URL: rpc.url,
    DATA_DIR: path,
    SECRET_KEY: 'a secret that survives every crash',
  }
  const first = await startIn(env, /poem http/, 'serve')
  const second = await cliIn({ env }, 'serve')
  expect(second.code).toBe(2)
  expect(second.stderr.trim().split('\n')).toHaveLength(1)
  expect(second.stderr).toContain(`${path} is in use by process`)
  await first.kill()
  const third = await startIn(env, /poem http/, 'serve')
  await third.kill()
  await rpc.close()
})
