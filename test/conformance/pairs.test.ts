/** `pairs`: who sold what to whom, and where the money is, of our own and of unmodified SDKs (issue 15). */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cli, temporary } from '../support/cli.ts'

test('every pair of reference and mppx buys the whole poem, tops up and closes', async () => {
  const file = temporary('pairs.json')
  const { code, stdout, stderr } = await cli(
    'pairs',
    '--json',
    file,
    '--server',
    'reference',
    'mppx',
    '--client',
    'reference',
    'mppx-client',
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/server +client +units +top-ups +delivered +captured +refunded +locked +verdict/)
  const { pairs } = JSON.parse(readFileSync(file, 'utf8')) as { pairs: Record<string, unknown>[] }
  const bill = {
    units: 58,
    topUps: 1,
    deposited: '80000',
    delivered: '58000',
    captured: '58000',
    refunded: '22000',
    locked: '0',
  }
  expect(pairs).toMatchObject(
    ['reference', 'mppx'].flatMap((server) =>
      ['reference', 'mppx-client'].map((client) => ({ server, client, verdict: 'paid', ...bill })),
    ),
  )
})

test('a name that is none is one line and exit 2', async () => {
  const { code, stderr } = await cli('pairs', '--client', 'nobody')
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /^error: no client nobody; there are reference, reference-v1, mpp-rs-client, mppx-cli, mppx-client.*\n$/,
  )
})
