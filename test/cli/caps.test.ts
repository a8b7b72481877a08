/** The caps of `pay` over processes that run at once and are killed, and its question before money is locked (issue 15). */
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import * as Reserve from '../../src/contracts/reserve.ts'
import { cliIn, startIn, temporary } from '../support/cli.ts'
import { type Kit, startKit } from '../support/kit.ts'

/** Says three words, and then nothing until it is left. */
const endless = (pay: Kit['pay']) =>
  pay.stream({ amount: '0.001', suggestedDeposit: '0.040' }, async function* (request) {
    for (let i = 0; i < 3; i++) yield `word${i}`
    await new Promise((resolve) => request.signal.addEventListener('abort', resolve))
  })

test('four processes at once, killed, and more after them: together never more than the cap', async () => {
  await using kit = await startKit(endless)
  await using node = await serveRpc(kit.chain)
  const env = { STATE_DIR: dirname(temporary('state')) }
  const pay = ['pay', kit.url, '--rpc-url', node.url, '--max-total', '0.05']
  const locked = () => kit.chain.balance(Reserve.address)
  const begin = async (count: number) => {
    const begun = await Promise.allSettled(Array.from({ length: count }, () => startIn(env, /word2/, ...pay)))
    for (const each of begun)
      if (each.status === 'rejected')
        expect(String(each.reason)).toMatch(/of 0\.050 in total, 0\.050 is set aside or paid already/)
    return begun.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  }
  const first = await begin(4)
  expect([first.length, locked()]).toEqual([2, 50_000n])
  for (const each of first) await each.kill()
  // The channels of the dead are gone on with; there is no money for a third.
  const second = await begin(3)
  expect([second.length, locked()]).toEqual([2, 50_000n])
  for (const each of second) await each.kill()
  const closed = await cliIn({ env }, 'channels', 'close', '--rpc-url', node.url)
  expect(closed.stdout.match(/paid 0\.006/g)).toHaveLength(2)
  // 0.012 is paid, so that much less is left: 0.038 instead of 0.040.
  const [third] = await begin(1)
  expect(third?.output()).toContain('deposit 0.038')
  await third?.kill()
})

test('pay asks before money is locked, and takes nothing but yes for one', async () => {
  await using kit = await startKit(endless)
  await using node = await serveRpc(kit.chain)
  const env = { STATE_DIR: dirname(temporary('state')) }
  const pay = ['pay', kit.url, '--rpc-url', node.url, '--confirm']
  for (const input of ['n\n', '\n', '']) {
    const { code, stderr } = await cliIn({ env, input }, ...pay)
    expect(stderr).toMatch(/lock 0\.040 for http:.*, 0\.001 each unit, paid to 0x[0-9a-f]{40}\? \[y\/N\]/)
    expect({ code, last: stderr.trim().split('\n').at(-1) }).toMatchObject({
      code: 2,
      last: expect.stringContaining('a deposit of 0.040 was not confirmed'),
    })
  }
  expect(kit.chain.balance(Reserve.address)).toBe(0n)
  await using line = await startKit((own) =>
    own.fixed({ amount: '0.001' }, async () => new Response('a line')),
  )
  await using other = await serveRpc(line.chain)
  const paid = await cliIn({ env, input: 'yes\n' }, 'pay', line.url, '--rpc-url', other.url, '--confirm')
  expect(paid).toMatchObject({ code: 0 })
  expect(paid.stdout).toContain('a line')
})

test.each([
  ['--max-total', '0.0005'],
  ['--max-per-host', '0.0005'],
  ['--max-price', '0.0005'],
  ['--recipient', `0x${'11'.repeat(20)}`],
  ['--currency', `0x${'11'.repeat(20)}`],
  ['--chain-id', '1'],
])('pay %s %s declines in one line', async (...option) => {
  await using kit = await startKit(endless)
  await using node = await serveRpc(kit.chain)
  const env = { STATE_DIR: dirname(temporary('state')) }
  const { code, stderr } = await cliIn({ env }, 'pay', kit.url, '--rpc-url', node.url, ...option)
  expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, lines: 1 })
  expect(kit.chain.balance(Reserve.address)).toBe(0n)
})
