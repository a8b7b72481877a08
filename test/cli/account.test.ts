/** `account`: key files that their owner alone can read, made once, used by default (issue 15). */
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { createAccount, readAccount } from '../../src/cli/key-files.ts'
import { payerAccount } from '../../src/cli/payer.ts'
import { accountFromKey, devAccounts } from '../../src/keys/accounts.ts'
import { cliIn, temporary } from '../support/cli.ts'
import { startKit } from '../support/kit.ts'

const folder = () => join(dirname(temporary('x')), 'accounts')
const permissions = (path: string) => (statSync(path).mode & 0o777).toString(8)
const key = `0x${'5a'.repeat(32)}`

describe('a key file', () => {
  test('is made for its owner alone, whatever the umask is, with nothing beside it', async () => {
    const at = folder()
    const before = process.umask(0)
    const { address, privateKey } = await createAccount(at, 'default').finally(() => process.umask(before))
    expect(readdirSync(at)).toEqual(['default.key'])
    expect([permissions(at), permissions(join(at, 'default.key'))]).toEqual(['700', '600'])
    expect(readFileSync(join(at, 'default.key'), 'utf8')).toBe(`${privateKey}\n`)
    expect(await readAccount(at, 'default')).toMatchObject({ address, privateKey })
  })

  test('is never replaced, by twenty makers at once neither', async () => {
    const at = folder()
    const made = await Promise.allSettled(Array.from({ length: 20 }, () => createAccount(at, 'default')))
    const [first, ...more] = made.filter(({ status }) => status === 'fulfilled')
    expect(more).toEqual([])
    expect(await readAccount(at, 'default')).toMatchObject({
      address: (first as PromiseFulfilledResult<{ address: string }>).value.address,
    })
    expect(readdirSync(at)).toEqual(['default.key'])
    await expect(createAccount(at, 'default')).rejects.toThrow('there is an account default already')
  })

  test.each<[string, RegExp, (file: string) => void]>([
    ['its group can read', /others can use .*default\.key.*chmod 600/, (file) => chmodSync(file, 0o640)],
    ['everybody can read', /others can use .*default\.key/, (file) => chmodSync(file, 0o604)],
    ['everybody can write', /others can use .*default\.key/, (file) => chmodSync(file, 0o602)],
    [
      'others can put in place',
      /others can use .*accounts.*chmod 700/,
      (file) => chmodSync(dirname(file), 0o777),
    ],
    ['holds something else', /default\.key holds no private key$/, (file) => writeFileSync(file, `${key}5a`)],
    [
      'holds no scalar',
      /default\.key holds no private key$/,
      (file) => writeFileSync(file, `0x${'ff'.repeat(32)}`),
    ],
    ['is empty', /default\.key holds no private key$/, (file) => writeFileSync(file, '')],
  ])('that %s is not used, and nothing else in its place', async (_, message, spoil) => {
    const at = folder()
    mkdirSync(at, { mode: 0o700 })
    const file = join(at, 'default.key')
    writeFileSync(file, key, { mode: 0o600 })
    expect(await payerAccount({ accountsDir: at })).toMatchObject({ privateKey: key })
    spoil(file)
    await expect(payerAccount({ accountsDir: at })).rejects.toThrow(message)
  })

  test('that is a link is not used', async () => {
    const at = folder()
    await createAccount(at, 'mine')
    symlinkSync('mine.key', join(at, 'default.key'))
    await expect(readAccount(at, 'default')).rejects.toThrow('it is a link')
  })

  test.each(['', '.', '..', '../x', 'a/b', '-x', 'x'.repeat(65), key.slice(2), 'a\nb'])(
    'is not named %j',
    async (name) => {
      await expect(createAccount(folder(), name)).rejects.toThrow('an account is named by letters')
    },
  )
})

test('the payer is who is given, who is named, the default account, a development account', async () => {
  const at = folder()
  expect((await payerAccount({ accountsDir: at })).address).toBe(devAccounts[1]?.address)
  await expect(payerAccount({ accountsDir: at, account: 'work' })).rejects.toThrow('there is no account work')
  const [kept, work] = [await createAccount(at, 'default'), await createAccount(at, 'work')]
  expect(await payerAccount({ accountsDir: at })).toMatchObject({ address: kept.address })
  expect(await payerAccount({ accountsDir: at, account: 'work' })).toMatchObject({ address: work.address })
  const given = await payerAccount({ accountsDir: at, privateKey: key })
  expect(given.address).toBe(accountFromKey(key).address)
})

test('made, funded, listed, and pays', async () => {
  await using kit = await startKit()
  await using node = await serveRpc(kit.chain)
  const at = folder()
  const env = { ACCOUNTS_DIR: at, STATE_DIR: dirname(temporary('state')) }
  const run = (...args: string[]) => cliIn({ env }, ...args)
  const on = ['--rpc-url', node.url]
  expect((await run('account', 'list')).stdout).toContain(
    'there is no account; make one with: account create',
  )
  const made = await run('account', 'create')
  expect(made).toMatchObject({ code: 0, stderr: '' })
  const address = /0x[0-9a-f]{40}/.exec(made.stdout)?.[0] as `0x${string}`
  expect(await run('account', 'create')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: there is an account default already, in .*; it stays as it is\n$/),
  })
  expect((await run('account', 'list')).stdout).toBe(`  default   ${address}\n`)
  expect((await run('pay', kit.url, ...on)).stderr).toMatch(/holds no pathUSD on this chain; account fund/)
  for (const balance of ['1000000.000', '2000000.000'])
    expect((await run('account', 'fund', ...on)).stdout).toBe(
      `  default   ${address}   ${balance} pathUSD on this chain\n`,
    )
  const paid = await run('pay', kit.url, ...on)
  expect(paid).toMatchObject({ code: 0, stderr: '' })
  // 58 words, and the fees of the open and the top-up.
  expect(kit.chain.balance(address)).toBe(2_000_000_000_000n - 58_000n - 2_000n)
  expect(await run('pay', kit.url, ...on, '--account', 'work')).toMatchObject({
    code: 2,
    stderr: 'error: there is no account work; make it with: account create work\n',
  })
  const both = await run('pay', kit.url, ...on, '--account', 'default', '--private-key', key)
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be used with') })
  chmodSync(join(at, 'default.key'), 0o644)
  expect(await run('account', 'list')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^ {2}default {3}others can use /),
  })
  expect((await run('pay', kit.url, ...on)).stderr).toMatch(/^error: others can use .*it is not used/)
})

test('a chain without a faucet is told of', async () => {
  const at = folder()
  const { address } = await createAccount(at, 'default')
  await using kit = await startKit()
  const rpc = {
    request: async (request: { method: string }) =>
      kit.chain.request(request.method.startsWith('tempo_') ? { method: 'tempo_none' } : request),
  }
  await using node = await serveRpc(rpc)
  expect(await cliIn({ env: { ACCOUNTS_DIR: at } }, 'account', 'fund', '--rpc-url', node.url)).toMatchObject({
    code: 2,
    stderr: `error: the node at ${node.url} has no faucet; send pathUSD to ${address}\n`,
  })
})
