/**
 * The example in examples/chat-page as its users run it: installed from what npm would publish, built by Next.js, opened in
 * Chromium. A paid answer streams with its progress and its bill; a payment that is refused, an answer that breaks off and
 * a stop in mid-stream are told as what they are. The money is read on chain.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as driver, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Instance, launch } from '../../conformance/harness/process.ts'
import { install } from '../../conformance/harness/target.ts'
import type { JsonObject } from '../../src/codec/json.ts'
import { listen } from '../../src/http/listen.ts'
import { type Model, ModelError } from '../../src/x402/server/chat/model.ts'
import { chatPath } from '../../src/x402/server/example/server.ts'
import { payer } from '../support/x402/samples.ts'
import { openShop, price } from '../support/x402/shop.ts'

const folder = resolve('examples/chat-page')
const pictures = resolve('.cache/pictures')

/** A model that says each word when the test lets it, and knows whether it was stopped. */
const script = {
  words: 0,
  breaksAfter: Number.POSITIVE_INFINITY,
  stopped: false,
  more: (): void => undefined,
}
const model: Model = {
  names: ['words-1'],
  async *stream(_, signal) {
    for (let said = 0; said < 5; said++) {
      while (script.words <= said && !signal.aborted)
        await new Promise<void>((wake) => {
          script.more = wake
          signal.addEventListener('abort', () => wake(), { once: true })
        })
      if (signal.aborted) {
        script.stopped = true
        return
      }
      if (said >= script.breaksAfter) throw new ModelError('out of words')
      yield chunk(`word${said} `)
    }
  },
  complete: () => Promise.reject(new ModelError('streams only')),
}
const chunk = (content: string): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 0,
  model: 'words-1',
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
})

const shop = openShop({ model })

function say(words: number): void {
  script.words = words
  script.more()
}

let browser: Browser
let page: Page
let app: Instance
let poor: Instance
let closeChat: () => Promise<void>

beforeAll(async () => {
  await run('npm run -s build', '.')
  await install({ name: 'chat-page', version: '', install: 'npm ci', folder }, () => undefined)
  // Dependencies stay from one run to the next; the package itself is the one that was just built.
  await run(
    'rm -rf node_modules/streamed-payments/dist && cp -R ../../dist node_modules/streamed-payments/',
    folder,
  )
  await run('npm run -s build', folder)
  const server = await listen(shop.handle)
  closeChat = () => server.close()
  const start = (limits: Record<string, string>) =>
    launch({
      name: 'chat-page',
      command: 'exec npx next start --hostname 127.0.0.1 --port $PORT',
      cwd: folder,
      url: 'http://127.0.0.1:{port}',
      env: {
        NEXT_TELEMETRY_DISABLED: '1',
        CHAT_URL: `${server.url}${chatPath}`,
        PAYER_PRIVATE_KEY: payer.privateKey,
        ...limits,
      },
    })
  app = await start({})
  poor = await start({ MAX_AMOUNT: '0.001' })
  browser = await driver.launch({ executablePath: await chromium.executablePath(), args: chromium.args })
  // One page for all tests: this Chromium ends with its first page.
  page = await browser.newPage({ viewport: { width: 480, height: 420 } })
  mkdirSync(pictures, { recursive: true })
})
afterAll(async () => {
  await browser?.close()
  await app?.stop()
  await poor?.stop()
  await closeChat?.()
})
beforeEach(() => {
  Object.assign(script, { words: 0, breaksAfter: Number.POSITIVE_INFINITY, stopped: false })
})

async function ask(url: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('textbox').fill('What is a stream?')
  await page.getByRole('button', { name: 'Ask' }).click()
}
const text = async (selector: string) => (await page.locator(selector).textContent())?.trim()
const answer = (state: string) => page.locator(`article[data-state=${state}]`).waitFor()
const shows = (words: string) => page.locator('.answer', { hasText: words }).waitFor()
const picture = (name: string) => page.screenshot({ path: `${pictures}/chat-page-${name}.png` })

test('an answer is paid once and streams, with its progress and its bill', async () => {
  const before = shop.earned()
  await ask(app.url)
  // Paid before there is a first word.
  await expect.poll(() => shop.earned() - before, { timeout: 60_000 }).toBe(price)
  expect(await text('.answer')).toBe('')
  say(2)
  // The words are on the page while the model has more to say.
  await shows('word0 word1')
  expect(await text('.progress')).toMatch(/^streaming · 2 tokens · \d+\.\d s/)
  await picture('streaming')
  say(5)
  await answer('done')
  expect(await text('.answer')).toBe('word0 word1 word2 word3 word4')
  expect(await text('.progress')).toMatch(/^done · 5 tokens · \d+\.\d s · \d+\.\d tokens\/s$/)
  expect(await text('.bill')).toMatch(/^paid 0\.010 to 0x\w{4}…\w{4} · transaction 0x\w{4}…\w{4}$/)
  expect(shop.earned() - before).toBe(price)
  await picture('done')
})

test('a stop in mid-stream reaches the model; what was said and paid stays on the page', async () => {
  const before = shop.earned()
  await ask(app.url)
  say(2)
  await shows('word0 word1')
  await page.getByRole('button', { name: 'Stop' }).click()
  await answer('stopped')
  await expect.poll(() => script.stopped, { timeout: 60_000 }).toBe(true)
  expect(await text('.answer')).toBe('word0 word1')
  expect(await text('.bill')).toContain('paid 0.010')
  expect(shop.earned() - before).toBe(price)
  // The page can ask again, and did not by itself.
  expect(await page.locator('article').count()).toBe(1)
  expect(await page.getByRole('button', { name: 'Ask' }).isEnabled()).toBe(true)
  await picture('stopped')
})

test('an answer over the limit is not paid, and says so', async () => {
  const before = shop.earned()
  await ask(poor.url)
  await answer('failed')
  expect(await text('.failed')).toBe(
    'the server answered 402: not paid: costs 10000 base units, at most 1000 are paid',
  )
  expect(await page.locator('.bill').count()).toBe(0)
  expect(shop.earned()).toBe(before)
  await picture('not-paid')
})

test('an answer that breaks off says so, with what came of it and what it cost', async () => {
  script.breaksAfter = 2
  await ask(app.url)
  say(5)
  await answer('failed')
  expect(await text('.answer')).toBe('word0 word1')
  expect(await text('.failed')).toContain('out of words')
  expect(await text('.bill')).toContain('paid 0.010')
  await picture('broken')
})

test('a page of another site cannot spend', async () => {
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'hi' }] })
  for (const site of ['cross-site', 'same-site', 'none', undefined]) {
    const headers = site === undefined ? {} : { 'sec-fetch-site': site }
    const { status } = await fetch(`${app.url}/api/chat`, { method: 'POST', headers, body })
    expect(status, site).toBe(403)
  }
})

test('a request that asks nothing, or too much, is refused', async () => {
  const long = JSON.stringify({ messages: [{ content: 'x'.repeat(2_001) }] })
  for (const body of ['{', '{}', '{"messages":[]}', '{"messages":[{"content":" "}]}', long]) {
    const headers = { 'sec-fetch-site': 'same-origin' }
    const response = await fetch(`${app.url}/api/chat`, { method: 'POST', headers, body })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ error: { message: 'a question has 1 to 2000 characters' } })
  }
})

test('the key is in nothing that a browser gets', async () => {
  const seen: string[] = []
  page.on('response', (response) => {
    seen.push(response.url())
  })
  await page.goto(app.url)
  expect(existsSync(`${folder}/.next/static`)).toBe(true)
  for (const url of seen)
    expect(await (await fetch(url)).text(), url).not.toContain(payer.privateKey.slice(2))
})

/** Runs a shell command to its end. Rejects with what it printed. */
function run(command: string, cwd: string): Promise<void> {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' }
  const child = spawn(command, { cwd, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const hear = (bytes: Buffer) => {
    said += bytes.toString()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  return new Promise((done, reject) =>
    child.once('close', (code) => (code === 0 ? done() : reject(new Error(`${command}: ${said}`)))),
  )
}
