/**
 * The unmodified crate mpp 0.18.2: its server is judged by the suite, its client pays our server, our client pays its
 * server. Money is read on chain. Run by `npm run interop:rust`; skipped where there is no cargo to build it with.
 */
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
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
import { cli, temporary } from '../support/cli.ts'
import { collect, payee, payer, paymentsOn } from '../support/kit.ts'

const target = loadTarget('mpp-rs')
const price = 1000n * BigInt(words.length)
const cargo = spawnSync('cargo', ['--version']).status === 0
if (!cargo) process.stderr.write('mpp-rs is skipped: there is no cargo to build it with\n')

/** A result, as far as it is looked at. */
interface Ran {
  planned: number
  executed: number
  summary: { blocked: number }
}

/** Hundreds of crates, where they were not built before. */
const buildMs = 3_600_000

beforeAll(async () => {
  if (cargo) await build(target, (line) => void process.stderr.write(`${line}\n`))
}, buildMs)

/** Lets the client of the crate buy a stream and close; answers the units. */
async function crateClient(url: string, rpcUrl: string): Promise<string[]> {
  const env = { ...process.env, PAYMENT_URL: url, RPC_URL: rpcUrl, PRIVATE_KEY: payer.privateKey }
  const { stdout } = await promisify(execFile)('.cache/targets/mpp-rs/debug/client', { env })
  return stdout.trim().split('\n')
}

describe.skipIf(!cargo)('mpp-rs', () => {
  test('its client pays our server, top-up and close included', async () => {
    const environment = await ownChain()
    await using server = await listen(poemServer(paymentsOn(environment.rpc)))
    const chain = environment.memory!
    const before = { payee: chain.balance(payee.address), payer: chain.balance(payer.address) }
    const units = await crateClient(`${server.url}/poem`, environment.rpcUrl)
    expect(units.join(' ')).toBe(poem)
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

  test.each([
    ['server', 'mpp-rs'],
    ['client', 'mpp-rs-client'],
  ])(
    'of its %s is red what its baseline lists',
    async (role, name) => {
      const json = temporary(`${name}.json`)
      const { code, stdout } = await cli('test', role, '--target', name, '--json', json)
      expect(stdout).toContain('known, in the baseline')
      expect(code, stdout).toBe(0)
      const { planned, executed, summary } = JSON.parse(readFileSync(json, 'utf8')) as Ran
      expect(executed).toBe(planned)
      if (role === 'client') expect(summary.blocked).toBe(0)
    },
    600_000,
  )

  test('every pair with it buys the whole poem, tops up and closes', async () => {
    const json = temporary('pairs.json')
    const names = { server: ['reference', 'mpp-rs'], client: ['reference', 'mpp-rs-client'] }
    const sides = Object.entries(names).flatMap(([side, list]) => [`--${side}`, ...list])
    const { code, stdout } = await cli('pairs', ...sides, '--json', json)
    expect(code, stdout).toBe(0)
    const { pairs } = JSON.parse(readFileSync(json, 'utf8')) as { pairs: Record<string, unknown>[] }
    const bill = { units: 58, topUps: 1, captured: '58000', refunded: '22000', locked: '0' }
    expect(pairs).toMatchObject(
      names.server.flatMap((server) =>
        names.client.map((client) => ({ server, client, verdict: 'paid', ...bill })),
      ),
    )
  }, 300_000)

  // conformance/targets/mpp-rs/README.md, "With the client of mppx": once this changes, its text must.
  test('the client of mppx finds nothing to buy from its server', async () => {
    const json = temporary('pairs.json')
    const { code, stdout } = await cli(
      'pairs',
      '--server',
      'mpp-rs',
      '--client',
      'mppx-client',
      '--json',
      json,
    )
    expect(code, stdout).toBe(0)
    const { pairs } = JSON.parse(readFileSync(json, 'utf8')) as { pairs: Record<string, unknown>[] }
    expect(pairs).toMatchObject([{ verdict: 'nothing', units: 0, deposited: '0' }])
    expect(pairs[0]?.['why']).toContain('No method found for challenges: tempo.session')
  }, 300_000)
})
