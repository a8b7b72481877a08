/** The commands end to end, and every expected failure in one line with exit 2. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { poem } from '../../src/mpp/server/example/text.ts'
import { cli, start, urlIn } from '../support/cli.ts'

const startChain = (...more: string[]) => start(/\(9\)/, 'chain', '--port', '0', ...more)
const words = (text: string) =>
  text
    .replace(/^ {2}(402|open|voucher|top up|close).*$/gm, '')
    .split(/\s+/)
    .filter(Boolean)
    .join(' ')

describe('serve and pay', () => {
  test('a poem is paid on a chain of its own process', async () => {
    await using chain = await startChain()
    const rpcUrl = urlIn(chain.output(), 'chain')
    await using server = await start(/try:/, 'serve', '--port', '0', '--rpc-url', rpcUrl)
    const url = urlIn(server.output(), 'poem')
    const { code, stdout } = await cli('pay', url, '--rpc-url', rpcUrl, '--max-deposit', '0.5')
    expect(words(stdout)).toBe(poem)
    expect(stdout).toContain('top up   +0.040')
    expect(stdout).toMatch(/close {4}paid 0\.058 for 58 words · refunded 0\.022 · tx 0x/)
    expect(code).toBe(0)
    const judged = await cli('test', 'server', url, '--rpc-url', rpcUrl, '--only', 'challenge.402,close')
    expect(judged.stdout).toMatch(/19 passed, 0 failed/)
    expect(judged.code).toBe(0)
  })

  test('serve without a chain brings one', async () => {
    await using server = await start(/try:/, 'serve', '--port', '0')
    const rpcUrl = urlIn(server.output(), 'chain')
    const { code } = await cli('pay', urlIn(server.output(), 'poem'), '--rpc-url', rpcUrl)
    expect(code).toBe(0)
  })
})

describe('one clear line and exit 2', () => {
  const dead = 'http://127.0.0.1:1/poem'
  const oneLine = async (expected: RegExp, ...args: string[]) => {
    const { code, stdout, stderr } = await cli(...args)
    expect(stderr).toMatch(expected)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(`${stdout}${stderr}`).not.toMatch(/\n {4}at /)
    expect(code).toBe(2)
  }

  test.each<[string, RegExp, string[]]>([
    ['a dead URL', /no server at .*ECONNREFUSED/, ['test', 'server', dead, '--target', 'x'].slice(0, 3)],
    ['no URL', /give the URL/, ['test', 'server']],
    ['both', /give the URL/, ['test', 'server', dead, '--target', 'reference']],
    ['what is no URL', /not an http URL/, ['pay', 'poem']],
    [
      'an unknown target',
      /no target nope; there are reference, reference-v1, guide-express, .*mppx/,
      ['test', 'server', '--target', 'nope'],
    ],
    ['a path as target', /no target/, ['test', 'server', '--target', '../mppx']],
    [
      'a glob that matches nothing',
      /matches no check/,
      ['test', 'server', '--target', 'reference', '--only', 'nope'],
    ],
    ['an unknown command', /unknown command/, ['frobnicate']],
    ['a port out of range', /whole number from 0 to 65535/, ['chain', '--port', '70000']],
    [
      'a time-out that is no number',
      /whole number from 1 to 600/,
      ['test', 'server', dead, '--timeout', 'soon'],
    ],
    ['a key that is none', /32 bytes of hex/, ['pay', dead, '--private-key', '0x12']],
    ['a wrong RPC URL', /no JSON-RPC node at/, ['pay', dead, '--rpc-url', 'http://127.0.0.1:1']],
    ['an unknown fault', /no fault nope/, ['selftest', '--only', 'nope']],
    ...[
      ['test', 'server', '--target', 'reference', '--html'],
      ['selftest', '--json'],
      ['pairs', '--json'],
    ].map((args): [string, RegExp, string[]] => [
      `a report of ${args[0]} in no folder`,
      /cannot write \/none\/report: ENOENT/,
      [...args, '/none/report'],
    ]),
  ])('%s', async (_, expected, args) => {
    if (args[0] === 'test' && args[2] === dead && args.length === 3) {
      await using chain = await startChain()
      await oneLine(expected, ...args, '--rpc-url', urlIn(chain.output(), 'chain'))
    } else await oneLine(expected, ...args)
  })

  test('another chain, no money, nothing to pay for, a node that is none', async () => {
    await using chain = await startChain()
    await using other = await startChain('--chain-id', '1337')
    const [rpcUrl, otherUrl] = [urlIn(chain.output(), 'chain'), urlIn(other.output(), 'chain')]
    await using server = await start(/try:/, 'serve', '--port', '0', '--rpc-url', rpcUrl)
    const url = urlIn(server.output(), 'poem')
    const poor = `0x${'77'.repeat(32)}`
    await oneLine(/chain 42431, the node at .* is chain 1337/, 'test', 'server', url, '--rpc-url', otherUrl)
    await oneLine(/on chain 42431, this is 1337/, 'pay', url, '--rpc-url', otherUrl)
    await oneLine(/holds no pathUSD/, 'pay', url, '--rpc-url', rpcUrl, '--private-key', poor)
    await oneLine(/holds 0 of/, 'test', 'server', url, '--rpc-url', rpcUrl, '--private-key', poor)
    await oneLine(/refused with 404/, 'pay', url.replace('poem', 'prose'), '--rpc-url', rpcUrl)
    await oneLine(/does not answer JSON/, 'pay', url, '--rpc-url', url)
    await oneLine(/cannot reach http:\/\/127.0.0.1:1\/poem: bad port/, 'pay', dead, '--rpc-url', rpcUrl)
    const { port } = new URL(rpcUrl)
    await oneLine(/already in use/, 'chain', '--port', port)
  })

  test('a server that never answers', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    await using chain = await startChain()
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
    await oneLine(
      /no answer within 1000 ms/,
      'test',
      'server',
      url,
      '--rpc-url',
      urlIn(chain.output(), 'chain'),
      '--timeout',
      '1',
    )
    silent.closeAllConnections()
    silent.close()
  })
})

describe('list', () => {
  test('requirements as JSON', async () => {
    const { stdout, code } = await cli('list', 'requirements', '--json')
    const list = JSON.parse(stdout) as { id: string; checks: string[]; reason?: string }[]
    expect(list.length).toBeGreaterThanOrEqual(510)
    expect(list.find(({ id }) => id === 'SESS-SIG-007')).toMatchObject({
      level: 'MUST',
      role: 'server',
      observable: 'wire',
      profile: 'mpp',
    })
    expect(list.every(({ checks, reason }) => checks.length > 0 !== (reason !== undefined))).toBe(true)
    expect(code).toBe(0)
  })
  test.each(['scenarios', 'faults', 'requirements', 'attacks', 'bugs'])('%s in lines', async (what) => {
    const { stdout } = await cli('list', what)
    expect(stdout.split('\n').length).toBeGreaterThan(20)
  })
  test('help and version end well', async () => {
    const { stdout } = await cli('--help')
    expect(stdout).toContain('selftest')
    const names = [...(stdout.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z-]+)/gm)].map(
      ([, name = '']) => name,
    )
    const helps = await Promise.all(names.map((name) => cli(name, '--help')))
    expect(helps.map(({ code, stderr }, i) => [names[i], code, stderr])).toEqual(
      names.map((name) => [name, 0, '']),
    )
    expect((await cli('--version')).stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/)
    expect((await cli('--help')).code).toBe(0)
  })
})
