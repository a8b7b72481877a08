/**
 * The packages of x402 in other languages: each is judged by its suite, their clients pay our shop, our client pays
 * their servers. Money is read on chain.
 */
import { expect, test } from 'vitest'
import { commandDrive } from '../../../conformance/harness/drive.ts'
import { launch } from '../../../conformance/harness/process.ts'
import { launchOf, loadTarget, type Target } from '../../../conformance/harness/target.ts'
import { usdc } from '../../../src/contracts/transfer-authorization.ts'
import { listen } from '../../../src/http/listen.ts'
import { chatStream } from '../../../src/x402/client/chat.ts'
import { payingFetch } from '../../../src/x402/client/paying-fetch.ts'
import { facilitatorHandler } from '../../../src/x402/facilitator/handle.ts'
import { chatPath } from '../../../src/x402/server/example/server.ts'
import { cli } from '../cli.ts'
import { chainId, payee, payer } from './samples.ts'
import { chat, openShop, price } from './shop.ts'

/** What targets are told of the token. */
const token = { ASSET: usdc.address, ASSET_NAME: usdc.name, ASSET_VERSION: usdc.version }

/** Its client pays our shop, once. */
async function paysUs(target: Target): Promise<void> {
  const shop = openShop()
  await using server = await listen(shop.handle)
  const env = { ...token, PRIVATE_KEY: payer.privateKey, MAX_AMOUNT: '0.01' }
  const url = `${server.url}${chatPath}`
  const drive = commandDrive(target.run ?? '', target.folder)
  const { code, stdout, stderr } = await drive({ url, env, timeoutMs: 60_000 })
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/data: \[DONE\]\n\n$/)
  expect([shop.earned(), shop.settlements(), shop.calls.streams]).toEqual([price, 1, 1])
}

/** Our client pays its server, once. */
async function isPaidByUs(target: Target): Promise<void> {
  const shop = openShop()
  await using facilitator = await listen(facilitatorHandler(shop.facilitator))
  const server = await launch(
    launchOf(target, { ...token, FACILITATOR_URL: facilitator.url, PAY_TO: payee.address }),
  )
  try {
    const assets = [{ chainId, address: usdc.address }]
    const fetch = payingFetch({ account: payer, maxAmount: '0.01', assets, retryDelayMs: 0 })
    expect(await chatStream(chat(), { url: server.url, fetch }).text()).toBe('Hello')
    expect(shop.earned()).toBe(price)
  } finally {
    await server.stop()
  }
}

/** Declares the tests of targets, which were built before. */
export function foreignTests(names: readonly string[]): void {
  for (const target of names.map(loadTarget)) {
    if (target.role === 'client') test(`${target.name} pays our shop`, () => paysUs(target))
    else test(`${target.name} is paid by our client`, () => isPaidByUs(target))
    test(`what is red of ${target.name} is what its baseline lists`, async () => {
      const { code, stdout } = await cli('test', target.role, '--profile', 'x402', '--target', target.name)
      expect(stdout).toContain('known, in the baseline')
      expect(code, stdout).toBe(0)
    })
  }
}
