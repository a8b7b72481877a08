/** A run that was killed on a chain of others: everything it lent comes back, read from the chain. In memory and on Anvil. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { booksIn } from '../../conformance/harness/loan-book.ts'
import { startReference } from '../../conformance/peers/mpp/payee/reference.ts'
import { channelContract } from '../../src/chain/channel-contract.ts'
import { ChainClient } from '../../src/chain/client.ts'
import { MemoryChain } from '../../src/chain/memory/chain.ts'
import type { Rpc } from '../../src/chain/rpc.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import * as Reserve from '../../src/contracts/reserve.ts'
import { pathUsd } from '../../src/contracts/token.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { anvilNode, missing } from '../support/anvil.ts'
import { cli, startIn } from '../support/cli.ts'
import { folders } from '../support/folders.ts'

const [payee, , funder] = devAccounts as readonly [KeyAccount, KeyAccount, KeyAccount]
const newFolder = folders()

/** What a transaction of the run costs at most, in base units: Anvil meters it, and it is signed for twice its price. */
const fee = 100_000n

interface Running extends AsyncDisposable {
  rpc: Rpc
  url: string
}

const nodes: Record<string, () => Promise<Running>> = {
  async 'the memory chain'() {
    const rpc = new MemoryChain({ funded: devAccounts.map(({ address }) => address) })
    const server = await serveRpc(rpc)
    return { rpc, url: server.url, [Symbol.asyncDispose]: server.close }
  },
  Anvil: anvilNode,
}

test.each(Object.keys(nodes))('what a killed run lent on %s comes back', async (name) => {
  if (name === 'Anvil' && missing !== undefined) return
  await using node = await (nodes[name] as () => Promise<Running>)()
  const chain = new ChainClient(node.rpc)
  const contract = channelContract(chain, { protocol: 'v2', escrow: Reserve.address })
  const held = (of: KeyAccount) => chain.balance(pathUsd, of.address)
  const withDeposits = async () => {
    const opened = await contract.openedBy(null)
    const slots = await Promise.all(opened.map(({ channelId }) => contract.slot(channelId)))
    return slots.filter(({ deposit }) => deposit > 0n).length
  }
  const before = { funder: await held(funder), payee: await held(payee) }
  const server = await startReference(node.rpc)
  const stateDir = newFolder()
  const folder = join(stateDir, 'loans')
  const onState = ['--state-dir', stateDir]
  const url = `${server.url}/poem`
  const kit = await startIn(
    {},
    /until their money is back/,
    'test',
    'server',
    url,
    '--rpc-url',
    node.url,
    ...onState,
  )
  while ((await withDeposits()) < 5) await sleep(20)
  expect((await cli('loans', 'list', ...onState)).stdout).toMatch(/accounts .*under way/)
  const early = await cli('loans', 'recover', ...onState)
  expect(early).toMatchObject({ code: 1, stdout: expect.stringMatching(/process \d+ is under way/) })
  await kit.kill()
  await server.close()
  const payers = (await booksIn(folder)).flatMap(({ loans }) => loans.map(({ account }) => account))
  expect(payers.length).toBeGreaterThan(0)
  expect(await withDeposits()).toBeGreaterThan(0)

  const first = await cli('loans', 'recover', ...onState)
  expect(first).toMatchObject({ code: 1, stdout: expect.stringMatching(/it can be withdrawn from/) })
  await node.rpc.request({ method: 'evm_increaseTime', params: [Reserve.closeGracePeriodSeconds + 1] })
  await node.rpc.request({ method: 'evm_mine' })
  const second = await cli('loans', 'recover', ...onState)
  expect(second.stdout).toContain(`everything is back at ${funder.address}`)
  expect(second).toMatchObject({ code: 0, stderr: '' })
  expect(readdirSync(folder)).toEqual([])

  const opened = await contract.openedBy(null)
  expect(await withDeposits()).toBe(0)
  for (const payer of payers) expect(await held(payer)).toBeLessThan(fee)
  // Lent, opened, asked to close, withdrawn, sent back: what is gone was paid for content, or fees.
  const paid = (await held(payee)) - before.payee
  const transactions = BigInt(payers.length * 5 + opened.length * 10)
  expect(before.funder - (await held(funder)) - paid).toBeLessThan(fee * transactions)
  for (const text of [first, second].map(({ stdout, stderr }) => stdout + stderr))
    for (const { privateKey } of payers) expect(text).not.toContain(privateKey.slice(2))
})
