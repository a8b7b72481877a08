/** Payers on a chain that is not the kit's: nobody can derive their keys, and their money comes back. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { foreignChain, ownChain } from '../../conformance/harness/environment.ts'
import { startReference } from '../../conformance/peers/mpp/payee/reference.ts'
import { FaultyRpc } from '../../src/chain/faults.ts'
import { MemoryChain } from '../../src/chain/memory/chain.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { pathUsd } from '../../src/contracts/token.ts'
import { usdc } from '../../src/contracts/transfer-authorization.ts'
import { accountFromKey, devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { keccakText } from '../../src/keys/keccak.ts'

const main = fileURLToPath(new URL('../../conformance/cli/main.ts', import.meta.url))
const funder = devAccounts[2] as KeyAccount
/** What a transfer costs at most, in base units. */
const fee = 20_000n

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
    ['--import', 'tsx', main, 'test', 'server', `${server.url}/poem`, '--rpc-url', rpc.url],
    { stdio: 'ignore' },
  )
  while (held() > before - 20_000_000n) await sleep(20)
  kit.kill('SIGINT')
  expect(await once(kit, 'exit')).toEqual([130, null])
  // Channels that are open keep their deposits: the server claims what is its own, and the rest can be withdrawn.
  expect(before - held()).toBeLessThan(20_000_000n)
  await server.close()
})
