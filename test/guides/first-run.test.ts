/**
 * A new user's first run: the guide's server, and nothing but the commands that README.md has under "Test your own
 * server". The report is right when what it says is what the baseline of the guide's server argues.
 */
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { freePort, launch } from '../../conformance/harness/process.ts'
import { install, launchOf, loadTarget } from '../../conformance/harness/target.ts'
import { baselineOf } from '../../conformance/kit/baseline.ts'
import { mppServer } from '../../conformance/suites/mpp/server/suite.ts'
import { pathUsd } from '../../src/contracts/token.ts'
import { cli, start, temporary } from '../support/cli.ts'
import { payee } from '../support/kit.ts'

const readme = readFileSync('README.md', 'utf8')
const [, section = ''] = readme.split('## Test your own server')
const commands = [...(section.split('```')[1] ?? '').matchAll(/^npm run -s cli -- (.*?)(?: +#.*)?$/gm)].map(
  ([, text = '']) => text.split(' '),
)
const target = loadTarget('guide-fetch')

interface Result {
  checks: { id: string; verdict: string }[]
  audits: { rules: { verdict: string }[] }[]
}

beforeAll(() => install(target, () => undefined))

test('the commands of the README judge the guide’s server right', async () => {
  const node = String(await freePort())
  const [chain = [], , judge = []] = commands
  await using _chain = await start(/\(9\)/, ...chain.map((word) => word.replace('8545', node)))
  const server = await launch(
    launchOf(target, {
      RPC_URL: `http://127.0.0.1:${node}`,
      CHAIN_ID: '42431',
      CURRENCY: pathUsd,
      PAYEE_PRIVATE_KEY: payee.privateKey,
      SECRET_KEY: 'a secret of at least thirty-two bytes',
    }),
  )
  try {
    const json = temporary('first.json')
    const args = judge.map((word) =>
      word.replace('http://127.0.0.1:3000/poem', server.url).replace('8545', node),
    )
    const { code, stdout } = await cli(...args, '--json', json)
    expect(code, stdout).toBe(1)
    const result = JSON.parse(readFileSync(json, 'utf8')) as Result
    const known = new Set(
      baselineOf(mppServer, `${target.folder}/${target.baseline}`).map(({ check }) => check),
    )
    const wrong = result.checks.filter(
      ({ id, verdict }) => (verdict === 'fail' || verdict === 'blocked') && !known.has(id),
    )
    expect(
      wrong.map(({ id }) => id),
      stdout,
    ).toEqual([])
    expect(result.audits.flatMap(({ rules }) => rules).filter(({ verdict }) => verdict === 'fail')).toEqual(
      [],
    )
    expect(result.checks.filter(({ verdict }) => verdict === 'pass').length).toBeGreaterThan(200)
  } finally {
    await server.stop()
  }
})
