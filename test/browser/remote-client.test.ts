/** Our client in a page of Chromium, sent by `--control` through honest scenarios of the client suite (issue 15). */
import chromium from '@sparticuz/chromium'
import { build } from 'esbuild'
import { type Browser, chromium as driver, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
  })
  return `${outputFiles[0]?.text ?? ''}\nglobalThis.errand = bundled.errand`
}

/** Does an errand in the page. */
const inPage = (page: Page) => (parameters: Record<string, unknown>) =>
  page.evaluate(
    (given) => (globalThis as unknown as { errand(given: unknown): Promise<unknown> }).errand(given),
    parameters,
  )

test('buys, tops up and closes as a process does', async () => {
  const page = await browser.newPage()
  await page.addScriptTag({ content: await script() })
  await using remote = await remoteClient(inPage(page))
  const only = 'lifecycle,need-voucher.paid,credential'
  const { code, stdout, stderr } = await cli('test', 'client', '--control', remote.url, '--only', only)
  expect({ stderr, said: stdout.match(/✗.*|– .*/g) ?? [] }).toEqual({ stderr: '', said: [] })
  expect(stdout).toMatch(/[1-9]\d* passed, 0 failed/)
  expect(code).toBe(0)
  expect(remote.errands.length).toBeGreaterThan(2)
})
