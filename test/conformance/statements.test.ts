/** What is stated of a target on the command line is read by the suite that judges it, though others have the same flag. */
import { expect, test } from 'vitest'
import { cli } from '../support/cli.ts'

test.each([
  [['client', '--can', 'chat', '--', 'true'], 'chat is no ability; there are bodies, login, '],
  [['client', '--can', 'login,flying', '--', 'true'], 'flying is no ability; there are bodies, login, '],
  [
    ['client', '--profile', 'x402', '--can', 'login', '--', 'true'],
    'login is no ability; there are v1, v2, chat, request, payees',
  ],
  [['server', '--model', 'x', 'http://127.0.0.1:1/'], '--model says nothing to mpp/server'],
  [
    ['server', '--profile', 'x402', '--unit', 'x', 'http://127.0.0.1:1/'],
    '--unit says nothing to x402/server',
  ],
])('test %j is one line and exit 2', async (args, message) => {
  const { code, stdout, stderr } = await cli('test', ...args)
  expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, stdout: '', lines: 1 })
  expect(stderr).toContain(message)
})

test('an ability of its suite is taken', async () => {
  const { code, stdout } = await cli(
    'test',
    'client',
    '--can',
    'login',
    '--only',
    'need-voucher.paid',
    '--',
    'true',
  )
  // The command pays for nothing: it is judged, with the replay that states the same.
  expect(code).toBe(1)
  expect(stdout).toContain('--can login')
})
