/** Payers on a chain that is not the kit's: nobody can derive their keys, and their money comes back. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { foreignChain, ownChain } from '../../conformance/harness/environment.ts'
import { booksIn } from '../../conformance/harness/loan-book.ts'
import { startReference } from '../../conformance/peers/mpp/payee/reference.ts'
import { FaultyRpc } from '../../src/chain/faults.ts'
import { MemoryChain } from '../../src/chain/memory/chain.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { pathUsd } from '../../src/contracts/token.ts'
import { usdc } from '../../src/contracts/transfer-authorization.ts'
import { accountFromKey, devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { keccakText } from '../../src/keys/keccak.ts'
import { builtMain } from '../support/built.ts'
import { folders } from '../support/folders.ts'

const funder = devAccounts[2] as KeyAccount
/** What a transfer costs at most, in base units. */
const fee = 20_000n

const newFolder = folders()

let chain: MemoryChain
let node: FaultyRpc
let rpc: Awaited<ReturnType<typeof serveRpc>>
beforeEach(async () => {
  chain = new MemoryChain({ funded: devAccounts.map(({ address }) => address) })
  node = new FaultyRpc(chain)
  rpc = await serveRpc(node)
})
afterEach(() => rpc.close())

const held = (account = funder) => chain.balance(account.address, pathUsd)
const payer = (name: string) => accountFromKey(keccakText(name))

test('keys derive from the seed on our own chain, and from a secret of the run elsewhere', async () => {
  const own = await ownChain()
  expect(own.keysFrom('1a2b3c4d')).toBe('1a2b3c4d')
  await own.close()
  const [one, other] = [await foreignChain(rpc.url), await foreignChain(rpc.url)]
  expect(one.keysFrom('1a2b3c4d')).toBe(one.keysFrom('1a2b3c4d'))
  expect(one.keysFrom('1a2b3c4d')).not.toBe(one.keysFrom('1a2b3c4e'))
  expect(other.keysFrom('1a2b3c4d')).not.toBe(one.keysFrom('1a2b3c4d'))
  await Promise.all([one.close(), other.close()])
})

test('what payers hold goes back to the account that funded them', async () => {
  const environment = await foreignChain(rpc.url)
  const before = held()
  const payers = Array.from({ length: 12 }, (_, i) => payer(`payer ${i}`))
  for (const each of payers) await environment.fund(each, pathUsd, 5_000_000n)
  expect(held()).toBeLessThanOrEqual(before - 60_000_000n)
  expect(await environment.giveBack()).toEqual([])
  for (const each of payers) expect(held(each)).toBeLessThan(fee)
  expect(before - held()).toBeLessThan(fee * 24n)
  await environment.close()
})

test('a token that pays no fees goes back whole: the lender pays them', async () => {
  const environment = await foreignChain(rpc.url)
  const of = ({ address }: KeyAccount) => chain.balance(address, usdc.address)
  const before = of(funder)
  const other = payer('paid in another token')
  await environment.fund(other, usdc.address, 5_000_000n)
  expect([of(other), before - of(funder)]).toEqual([5_000_000n, 5_000_000n])
  expect(await environment.giveBack()).toEqual([])
  expect([of(other), of(funder)]).toEqual([0n, before])
  await environment.close()
})

test('what cannot be sent back is told with amount and address', async () => {
  const environment = await foreignChain(rpc.url)
  const [poor, barred] = [payer('poor'), payer('barred')]
  await environment.fund(poor, pathUsd, 1n)
  await environment.fund(barred, pathUsd, 5_000_000n)
  node.error('eth_sendRawTransaction')
  const said = await environment.giveBack()
  expect(said).toHaveLength(1)
  expect(said[0]).toMatch(new RegExp(`^5\\.?0* of ${pathUsd} stays at ${barred.address}: `, 'i'))
  await environment.close()
})

test('Ctrl-C sends the money back before it ends', async () => {
  const server = await startReference(chain)
  const before = held()
  const kit = spawn(
    process.execPath,
    [await builtMain(), 'test', 'server', `${server.url}/poem`, '--rpc-url', rpc.url],
    { stdio: 'ignore', env: { ...process.env, STATE_DIR: newFolder() } },
  )
  while (held() > before - 20_000_000n) await sleep(20)
  kit.kill('SIGINT')
  expect(await once(kit, 'exit')).toEqual([130, null])
  // Channels that are open keep their deposits: the server claims what is its own, and the rest can be withdrawn.
  expect(before - held()).toBeLessThan(20_000_000n)
  await server.close()
})

test('keys are on the disk, for their owner alone, before money goes, and removed when it is back', async () => {
  const folder = join(newFolder(), 'loans')
  const environment = await foreignChain(rpc.url, undefined, folder)
  await environment.fund(payer('one'), pathUsd, 5_000_000n)
  const barred = payer('barred')
  await environment.fund(barred, pathUsd, 5_000_000n)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([environment.keysIn])
  expect(statSync(environment.keysIn as string).mode & 0o777).toBe(0o600)
  const [book] = await booksIn(folder)
  expect(book?.loans.map(({ account }) => account.address)).toEqual([payer('one').address, barred.address])
  expect(await environment.giveBack()).toEqual([])
  expect(readdirSync(folder)).toEqual([])
  await environment.close()
})

test('a file stays while money does, and where nothing can be written nothing is lent', async () => {
  const folder = join(newFolder(), 'loans')
  const environment = await foreignChain(rpc.url, undefined, folder)
  await environment.fund(payer('one'), pathUsd, 5_000_000n)
  node.error('eth_sendRawTransaction')
  expect(await environment.giveBack()).toHaveLength(1)
  expect(readdirSync(folder)).toHaveLength(1)
  await environment.close()
  chmodSync(folder, 0o755)
  const careless = await foreignChain(rpc.url, undefined, folder)
  const before = held()
  await expect(careless.fund(payer('two'), pathUsd, 5_000_000n)).rejects.toThrow(/others can use/)
  expect(held()).toBe(before)
  await careless.close()
})

test('a line that was cut off was never lent for; what is no list is told without what is in it', async () => {
  const folder = join(newFolder(), 'loans')
  const environment = await foreignChain(rpc.url, undefined, folder)
  await environment.fund(payer('one'), pathUsd, 5_000_000n)
  const file = environment.keysIn as string
  const key = payer('two').privateKey
  appendFileSync(file, `{"privateKey":"${key}`)
  expect((await booksIn(folder))[0]?.loans).toHaveLength(1)
  appendFileSync(file, '\n')
  const error = await booksIn(folder).catch((thrown: unknown) => thrown)
  expect(String(error)).toMatch(/is no list of loans/)
  expect(String(error)).not.toContain(key.slice(2, 20))
  expect(readFileSync(file, 'utf8')).toContain(key)
  chmodSync(file, 0o640)
  await expect(booksIn(folder)).rejects.toThrow(/others can use/)
  await environment.close()
})
