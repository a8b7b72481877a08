/**
 * The unmodified crate mpp 0.18.2: its server is judged by the suite, its client pays our server, our client pays its
 * server. Money is read on chain. Run by `npm run interop:rust`; skipped where there is no cargo to build it with.
 */
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { ownChain } from '../../conformance/harness/environment.ts'
import { launch } from '../../conformance/harness/process.ts'
import { build, launchOf, loadTarget } from '../../conformance/harness/target.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { pathUsd } from '../../src/contracts/token.ts'
import { listen } from '../../src/http/listen.ts'
import { session } from '../../src/mpp/client/session.ts'
import { poemServer } from '../../src/mpp/server/example/server.ts'
import { poem, words } from '../../src/mpp/server/example/text.ts'
import { cli } from '../support/cli.ts'
import { collect, payee, payer, paymentsOn } from '../support/kit.ts'

const target = loadTarget('mpp-rs')
const price = 1000n * BigInt(words.length)
const cargo = spawnSync('cargo', ['--version']).status === 0
if (!cargo) process.stderr.write('mpp-rs is skipped: there is no cargo to build it with\n')

/** Hundreds of crates, where they were not built before. */
const buildMs = 3_600_000

beforeAll(async () => {
  if (cargo) await build(target, (line) => void process.stderr.write(`${line}\n`))
}, buildMs)

/** What the client of the crate prints. */
interface Bought {
  data: string[]
  receipt: Record<string, string>
}

async function crateClient(url: string, rpcUrl: string): Promise<Bought> {
  const env = { ...process.env, URL: url, RPC_URL: rpcUrl, PAYER_PRIVATE_KEY: payer.privateKey }
  const { stdout } = await promisify(execFile)('.cache/targets/mpp-rs/debug/client', { env })
  return JSON.parse(stdout) as Bought
}

describe.skipIf(!cargo)('mpp-rs', () => {
  test('its client pays our server, top-up and close included', async () => {
    const environment = await ownChain()
    await using server = await listen(poemServer(paymentsOn(environment.rpc)))
    const chain = environment.memory!
    const before = { payee: chain.balance(payee.address), payer: chain.balance(payer.address) }
    const { data, receipt } = await crateClient(`${server.url}/poem`, environment.rpcUrl)
    expect(data.join(' ')).toBe(poem)
    expect(receipt).toMatchObject({ status: 'success' })
    expect(chain.balance(payee.address)).toBe(before.payee + price - 1000n)
    expect(chain.balance(payer.address)).toBe(before.payer - price - 2000n)
    await environment.close()
  }, 60_000)

  test('its server is paid by our client, top-up and close included', async () => {
    const environment = await ownChain()
    const chain = environment.memory!
    const before = { payee: chain.balance(payee.address), payer: chain.balance(payer.address) }
    const { url, stop } = await launch(
      launchOf(target, {
        RPC_URL: environment.rpcUrl,
        CHAIN_ID: '42431',
        CURRENCY: pathUsd,
        PAYEE_PRIVATE_KEY: payee.privateKey,
        SECRET_KEY: 'a secret for the target, at least 32 bytes long',
      }),
    )
    try {
      const paying = session({ account: payer, chain: httpRpc(environment.rpcUrl), maxDeposit: '1' })
      expect((await collect(paying.sse(url))).join(' ')).toBe(poem)
      expect(await paying.close()).toMatchObject({ spent: price })
      expect(chain.balance(payee.address)).toBe(before.payee + price - 1000n)
      expect(chain.balance(payer.address)).toBe(before.payer - price - 2000n)
    } finally {
      await stop()
      await environment.close()
    }
  }, 60_000)

  test('what is red is what its baseline lists', async () => {
    const { code, stdout } = await cli('test', 'server', '--target', 'mpp-rs')
    expect(stdout).toContain('known, in the baseline')
    expect(code, stdout).toBe(0)
  }, 600_000)
})
