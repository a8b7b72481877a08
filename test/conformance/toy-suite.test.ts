/** Two toy suites get judging, faults, baselines, reports and replays for nothing: the next suites fit as well. */
import { spawnSync } from 'node:child_process'
import { XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { runCommand } from '../../conformance/harness/command.ts'
import { judge } from '../../conformance/kit/judge.ts'
import { judgeFault } from '../../conformance/kit/selftest.ts'
import { checksOf, inside, nameOf, outside } from '../../conformance/kit/suite.ts'
import { htmlPage } from '../../conformance/report/html/page.ts'
import { junit } from '../../conformance/report/junit.ts'
import { markdown } from '../../conformance/report/markdown.ts'
import { summary } from '../../conformance/report/text.ts'
import { client, echo, echoClient, echoServer, serve } from '../support/echo.ts'

const options = { target: 't', baseline: [], seed: 's', replay: 'streamed-payments test server --target t' }
const suites = [echoServer, echoClient]

test.each(suites)(
  '$role: nothing is red on the unbroken stand-in, and each fault is killed by its check',
  async (suite) => {
    const name = nameOf(suite)
    expect((await judgeFault(suite, { suite: name })).elsewhere).toEqual([])
    const faults = await suite.faults()
    for (const { name: fault, caughtBy } of faults) {
      const { failed, killed, exact } = await judgeFault(suite, { suite: name, fault })
      expect({ failed, killed, exact }).toEqual({ failed: [...caughtBy], killed: true, exact: true })
    }
    expect(faults.flatMap(({ caughtBy }) => caughtBy).sort()).toEqual(checksOf(suite).sort())
  },
)

test('a server by its URL: verdicts, a baseline, and every report', async () => {
  const server = await serve((body) => echo(body.toUpperCase()))
  const subject = await echoServer.look({ url: server.url }, 's')
  const { result, code, trace, requirements, words, replay } = await judge(echoServer, subject, options)
  expect(code).toBe(1)
  expect(result.checks.map(({ id, verdict }) => [id, verdict])).toEqual([
    ['echoes.body', 'fail'],
    ['echoes.status', 'pass'],
  ])
  const told = summary(result, requirements, replay).join('\n')
  expect(told).toContain(`${replay} --only echoes.body --seed s`)
  expect(told).toContain('1 passed, 1 failed')
  const page = await htmlPage({ result, trace, requirements, words, replay })
  for (const text of [page, junit(result)]) expect(XMLValidator.validate(text)).toBe(true)
  for (const text of [page, junit(result), markdown(result)]) expect(text).toContain('echoes.body')
  const known = { check: 'echoes.body', because: 'it shouts at everybody', link: 'echo' }
  const judged = (more: object) => judge(echoServer, subject, { ...options, ...more })
  expect((await judged({ baseline: [known] })).code).toBe(0)
  expect((await judged({ only: 'echo/server:echoes.status' })).result.checks).toHaveLength(1)
  await expect(judged({ only: 'echo/client:repeats.word' })).rejects.toThrow('matches no check')
  await server.end()
})

test('a client by its command', async () => {
  const judged = async (command: string) => {
    const { result } = await judge(echoClient, await echoClient.look({ url: '', command }, 's'), options)
    return result.checks.map(({ verdict }) => verdict)
  }
  expect(await judged(client())).toEqual(['pass'])
  expect(await judged('exit 3')).toEqual(['fail'])
})

test('a check is called by its suite outside of it', () => {
  expect(outside(echoServer, 'echoes.body')).toBe('echo/server:echoes.body')
  expect(inside(echoServer, 'echo/server:echoes.body')).toBe('echoes.body')
  expect(inside(echoClient, 'echo/server:echoes.body')).toBeUndefined()
})

test.each([
  ['hangs', 'sleep 600', 'late'],
  ['ignores SIGTERM', `trap '' TERM; while :; do sleep 1; done`, 'late'],
  ['floods its output', 'yes', 'loud'],
] as const)('a command that %s is stopped', async (_, command, stopped) => {
  const ran = await runCommand({ command, cwd: process.cwd(), env: {}, timeoutMs: 1_000 })
  expect(ran.stopped).toBe(stopped)
  expect(ran.code).not.toBe(0)
  expect(ran.stdout.length).toBeLessThanOrEqual(1_048_576)
})

test('what a command leaves behind ends with it', async () => {
  const command = 'sleep 600 & echo $!'
  const { code, stdout, stopped } = await runCommand({
    command,
    cwd: process.cwd(),
    env: {},
    timeoutMs: 60_000,
  })
  expect({ code, stopped }).toEqual({ code: 0, stopped: undefined })
  // Gone, or dead and not yet collected by whoever inherited it.
  const { stdout: state } = spawnSync('ps', ['-o', 'stat=', '-p', stdout.trim()], { encoding: 'utf8' })
  expect(state.trim()).toMatch(/^(Z.*)?$/)
})
