/**
 * The guide's servers on their frameworks: what is red is what their baselines list, with the reason; and what comes of
 * the routes that are written as the guide prints them. All five have one SDK inside, which the mppx target judges whole:
 * here it is what a framework can change. One of them is judged whole by its URL in first-run.test.ts: here it is what a
 * server forgets that is started again. With GUIDES=all (`npm run nightly:guides`) each is judged by the whole suite.
 */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { baselineOf } from '../../conformance/kit/baseline.ts'
import { mppServer } from '../../conformance/suites/mpp/server/suite.ts'
import { cli, temporary } from '../support/cli.ts'

const names = ['guide-fetch', 'guide-hono', 'guide-express', 'guide-next', 'guide-workers'] as const

/** What passes through a framework's hands: heads, methods and paths, streams and who hangs up, and the money that hangs on them. */
const framework = 'open,stream,streaming,top-up,close,closing,settlement,hygiene,status,route,slow'

/** What is asked of a server that the kit starts and ends. */
const restarts = 'claim,crash,key-restart,other-store,outage,pending-close,stop'

interface Result {
  summary: Record<string, number>
  planned: number
  executed: number
  checks: { id: string; verdict: string; known?: string }[]
  audits: { scenario: string; rules: { id: string; verdict: string }[] }[]
}

const folder = (name: string) => `conformance/targets/${name}`
const listed = (name: string) => {
  const { baseline } = parse(readFileSync(`${folder(name)}/target.yaml`, 'utf8')) as { baseline: string }
  return baselineOf(mppServer, `${folder(name)}/${baseline}`)
}

test.each(names)('%s', async (name) => {
  const json = temporary(`${name}.json`)
  const features = name === names[0] ? restarts : framework
  const part = process.env['GUIDES'] === 'all' ? [] : ['--only', features]
  const { code, stdout } = await cli('test', 'server', '--target', name, ...part, '--json', json)
  const result = JSON.parse(readFileSync(json, 'utf8')) as Result
  const unknown = result.checks.filter(
    ({ verdict, known }) => (verdict === 'fail' || verdict === 'blocked') && known === undefined,
  )
  expect(
    unknown.map(({ id }) => id),
    stdout,
  ).toEqual([])
  expect(code, stdout).toBe(0)
  expect(result.executed).toBe(result.planned)
  // Where no baseline says that money is lost, none is.
  const known = new Set(listed(name).flatMap(({ features = [] }) => features))
  const broken = result.audits.filter(
    ({ scenario, rules }) =>
      rules.some(({ verdict }) => verdict === 'fail') && !known.has(scenario.replace(/.*\//, '')),
  )
  expect(broken.map(({ scenario }) => scenario)).toEqual([])
})

// The middleware of mppx 0.11.0 does not take the generator that the guide's handler answers.
test.each([
  ['guide-hono', /a lawful open was answered 402/],
  ['guide-express', /no answer within \d+ ms/],
])('the route of %s as it is printed does not stream', async (name, seen) => {
  const { code, stdout } = await cli(
    ...['test', 'server', 'http://127.0.0.1:{port}/printed'],
    ...['--start', `cd ${folder(name)} && exec node server.mjs`],
    ...['--only', 'stream.accepted', '--timeout', '3'],
  )
  expect(code).toBe(1)
  expect(stdout).toMatch(seen)
})
