/** The bundle of `./mpp` and `./chain` in Chromium: on a page, and in a worker. */
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as driver } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle, purchased } from '../support/bundle.ts'

let browser: Browser
beforeAll(async () => {
  browser = await driver.launch({ executablePath: await chromium.executablePath(), args: chromium.args })
})
afterAll(() => browser.close())

test('on a page', async () => {
  const page = await browser.newPage()
  await page.addScriptTag({ content: await bundle('browser') })
  expect(await page.evaluate('purchase()')).toEqual(purchased)
})

test('in a worker', async () => {
  const page = await browser.newPage()
  const script = `${await bundle('worker')}; purchase().then(postMessage, (error) => postMessage(String(error)))`
  const answer = await page.evaluate(
    (text) =>
      new Promise<unknown>((resolve) => {
        const worker = new Worker(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })))
        worker.addEventListener('message', ({ data }) => resolve(data))
      }),
    script,
  )
  expect(answer).toEqual(purchased)
})
