/** The HTML report in a real browser: Chromium from npm, opened from a file, narrow and dark. */
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as driver, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadRequirements } from '../../conformance/kit/requirements.ts'
import type { RunResult } from '../../conformance/kit/result.ts'
import { htmlPage } from '../../conformance/report/html/page.ts'
import { mppServer } from '../../conformance/suites/mpp/server/suite.ts'
import { cli, temporary } from '../support/cli.ts'

let browser: Browser
/** The page of a run against the reference. */
const file = temporary('report.html')
/** The same run with a target whose every text attacks the page. */
const attacked = temporary('attacked.html')
let result: RunResult

const attack =
  '</style></title><script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">'

beforeAll(async () => {
  const json = temporary('report.json')
  const run = ['test', 'server', '--target', 'reference', '--only', 'stream,top-up']
  expect((await cli(...run, '--html', file, '--json', json)).code).toBe(0)
  result = JSON.parse(readFileSync(json, 'utf8')) as RunResult
  const checks = result.checks.map((check) => ({
    ...check,
    verdict: 'fail' as const,
    message: attack,
    evidence: { expected: attack, actual: attack, money: attack, trace: [] },
  }))
  const hostile = { ...result, target: attack, seed: attack, checks, harnessErrors: [attack] }
  const url = `http://h/${attack}`
  const request = {
    kind: 'request' as const,
    exchange: 1,
    method: attack,
    url,
    headers: [],
    bodyBytes: 0,
    act: attack,
  }
  const common = { atMs: 0, scenario: checks[0]?.scenario ?? '' }
  const event = { kind: 'event' as const, exchange: 1, event: attack, data: attack }
  const trace = [
    { seq: 0, ...common, ...request },
    { seq: 1, ...common, ...event },
  ]
  writeFileSync(
    attacked,
    await htmlPage({
      result: hostile,
      trace,
      requirements: loadRequirements(),
      words: mppServer.words,
      replay: attack,
    }),
  )
  browser = await driver.launch({ executablePath: await chromium.executablePath(), args: chromium.args })
})
afterAll(() => browser.close())

/** Opens a page; whatever it asks for beside itself is collected. */
async function open(
  path: string,
  width: number,
  colorScheme: 'light' | 'dark',
): Promise<{ page: Page; asked: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(pathToFileURL(path).href)
  return { page, asked: asked.slice(1) }
}

const openAll = (page: Page) =>
  page.evaluate(() => {
    for (const each of document.querySelectorAll('details')) each.open = true
  })

test.each([360, 1200])('at %i px nothing sticks out, and everything can be unfolded', async (width) => {
  const { page, asked } = await open(file, width, 'light')
  await openAll(page)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
  expect(await page.locator('.requirements tbody tr').count()).toBeGreaterThan(20)
  expect(asked).toEqual([])
})

test('each scenario has its messages and the money of its channels drawn', async () => {
  const { page } = await open(file, 1200, 'light')
  await openAll(page)
  const drawn = await page.evaluate(() =>
    [...document.querySelectorAll('#scenarios > details')].map((scenario) => ({
      ticks: scenario.querySelectorAll('.messages line').length,
      money: [...scenario.querySelectorAll('.lane svg path.accepted')].map(
        (path) => (path as SVGPathElement).getBBox().width,
      ),
    })),
  )
  expect(drawn).toHaveLength(2)
  for (const { ticks, money } of drawn) {
    expect(ticks).toBeGreaterThan(30)
    expect(money.length).toBeGreaterThan(1)
    expect(money.filter((width) => width === 0)).toEqual([])
  }
})

test('dark follows the system, and its texts can be read on their ground', async () => {
  const colours = async (scheme: 'light' | 'dark') => {
    const { page } = await open(file, 360, scheme)
    const [text, ground] = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body)
      return [color, backgroundColor]
    })
    return { text: luminance(text ?? ''), ground: luminance(ground ?? '') }
  }
  const [light, dark] = [await colours('light'), await colours('dark')]
  expect(light.ground).toBeGreaterThan(light.text)
  expect(dark.ground).toBeLessThan(dark.text)
  for (const { text, ground } of [light, dark])
    expect((Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05)).toBeGreaterThan(7)
})

/** Relative luminance of an `rgb(…)` colour, as WCAG defines it. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = (colour.match(/\d+/g) ?? []).map((part) => {
    const value = Number(part) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

test('what a target writes is text: it runs nothing, loads nothing, builds nothing', async () => {
  const { page, asked } = await open(attacked, 360, 'light')
  await openAll(page)
  expect(await page.title()).toContain('<script>')
  expect(await page.locator('script, img').count()).toBe(0)
  expect(await page.locator('article.fail').count()).toBe(result.checks.length + 1)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
  expect(asked).toEqual([])
})
