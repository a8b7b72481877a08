/** Our client in a page of Chromium, sent by `--control` through the honest scenarios of the client suite (issue 15). */
import chromium from '@sparticuz/chromium'
import { build, type PluginBuild } from 'esbuild'
import { type Browser, chromium as driver, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { featureOf } from '../../conformance/kit/run.ts'
import { channelScenarios } from '../../conformance/suites/mpp/client/channel/scenarios.ts'
import { abilities } from '../../conformance/suites/mpp/client/offers.ts'
import { paymentScenarios } from '../../conformance/suites/mpp/client/payment/scenarios.ts'
import { streamScenarios } from '../../conformance/suites/mpp/client/stream/scenarios.ts'
import { cli } from '../support/cli.ts'
import { remoteClient } from '../support/remote.ts'

let browser: Browser
beforeAll(async () => {
  // The kit's payee and node let no web page in: the page is one that may ask anybody.
  const args = [...chromium.args, '--disable-web-security']
  browser = await driver.launch({ executablePath: await chromium.executablePath(), args })
})
afterAll(() => browser.close())

async function script(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['test/support/errand-entry.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'bundled',
    platform: 'browser',
    target: 'es2023',
    logLevel: 'silent',
    define: { 'import.meta.url': 'undefined' },
    plugins: [{ name: 'a node by fetch', setup: byFetch }],
  })
  return `${outputFiles[0]?.text ?? ''}\nglobalThis.errands = bundled`
}

/** What reaches the chain by Node's connections reaches it by fetch. */
function byFetch({ onLoad }: PluginBuild): void {
  const contents = `export { fetchRpc as httpRpc } from './fetch-rpc.ts'`
  onLoad({ filter: /\/http-rpc\.ts$/ }, () => ({ contents, loader: 'ts', resolveDir: 'src/chain' }))
}

interface Errands {
  errand(given: unknown, id: string): Promise<unknown>
  stop(id: string): void
}

/** Does errands in the page, and cuts them off. */
const inPage = (page: Page) => ({
  run: (parameters: Record<string, unknown>, id: string) =>
    page.evaluate(
      ([given, name]) => (globalThis as unknown as { errands: Errands }).errands.errand(given, name),
      [parameters, id] as const,
    ),
  stop: (id: string) =>
    page.evaluate((name) => (globalThis as unknown as { errands: Errands }).errands.stop(name), id),
})

/** Features with payees that no client should pay as they ask; those of the hostile room are not asked for either. */
const hostile = ['terms', 'change']
const honest = [...paymentScenarios, ...streamScenarios, ...channelScenarios]
  .map(({ id }) => featureOf(id))
  .filter((feature) => !hostile.includes(feature))

test('pays honest payees in every way that a process does', async () => {
  const page = await browser.newPage()
  await page.addScriptTag({ content: await script() })
  const { run, stop } = inPage(page)
  await using remote = await remoteClient(run, stop)
  const can = ['--can', Object.keys(abilities).join()]
  const words = ['test', 'client', '--control', remote.url, ...can, '--only', honest.join()]
  const { code, stdout, stderr } = await cli(...words)
  expect({ stderr, said: stdout.match(/✗.*|– .*/g) ?? [] }, stdout).toEqual({ stderr: '', said: [] })
  expect(stdout).toMatch(/[1-9]\d* passed, 0 failed/)
  expect(code).toBe(0)
  expect(remote.errands.length).toBeGreaterThan(50)
}, 180_000)
