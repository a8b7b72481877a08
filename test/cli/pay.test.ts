/** `pay` and `channels` as a user has them: stopped, killed, unread, and by servers that mean no good (issue 12, 15; issue 14, 5). */
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { plain, plainLine } from '../../src/cli/plain.ts'
import * as Reserve from '../../src/contracts/reserve.ts'
import { listen } from '../../src/http/listen.ts'
import { builtMain } from '../support/built.ts'
import { cliIn, temporary } from '../support/cli.ts'
import { type Kit, startKit } from '../support/kit.ts'

interface World extends AsyncDisposable {
  kit: Kit
  state: string
  run(...args: string[]): ReturnType<typeof cliIn>
  /** Starts `pay`, waits until it has printed `text`, then does something to it; answers how it ended. */
  interrupted(
    path: string,
    text: RegExp,
    act: (child: ReturnType<typeof spawn>) => void,
  ): Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>
}

async function world(...build: Parameters<typeof startKit>): Promise<World> {
  const kit = await startKit(...build)
  const rpc = await serveRpc(kit.chain)
  const state = dirname(temporary('state'))
  const common = ['--rpc-url', rpc.url]
  const env = { STATE_DIR: state }
  return {
    kit,
    state,
    run: (...args) => cliIn({ env }, ...args, ...common),
    async interrupted(path, text, act) {
      const args = [await builtMain(), 'pay', `${kit.server.url}${path}`, ...common]
      const child = spawn(process.execPath, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...env },
      })
      let stdout = ''
      let stderr = ''
      let acted = false
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString()
        if (acted || !text.test(stdout)) return
        acted = true
        act(child)
      })
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString()
      })
      return new Promise((resolve) =>
        child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
      )
    },
    async [Symbol.asyncDispose]() {
      await kit[Symbol.asyncDispose]()
      await rpc.close()
    },
  }
}

/** Says a word, and then nothing until it is left. */
const endless = (pay: Kit['pay']) =>
  pay.stream({ amount: '0.001', suggestedDeposit: '0.040' }, async function* (request) {
    for (let i = 0; i < 3; i++) yield `word${i}`
    await new Promise((resolve) => request.signal.addEventListener('abort', resolve))
  })

describe('pay that is stopped', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s closes its channel', async (signal, exit) => {
    await using at = await world(endless)
    const { code, stdout, stderr } = await at.interrupted('/poem', /word2/, (child) => child.kill(signal))
    expect({ code, stderr }).toEqual({ code: exit, stderr: '' })
    expect(stdout).toMatch(/close {4}paid 0\.003 for 3 .* refunded 0\.037/)
    expect(at.kit.chain.balance(Reserve.address)).toBe(0n)
  })

  test('since nobody reads any more closes its channel, quietly', async () => {
    await using at = await world((pay) =>
      pay.stream({ amount: '0.001', suggestedDeposit: '1' }, async function* () {
        for (let i = 0; i < 1_000; i++) yield 'x'.repeat(10_000)
      }),
    )
    const { code, stderr } = await at.interrupted('/poem', /xxx/, (child) => child.stdout?.destroy())
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(at.kit.chain.balance(Reserve.address)).toBe(0n)
  })
})

describe('pay that is killed', () => {
  test('leaves a channel that is listed, gone on with, and closed', async () => {
    await using at = await world(endless)
    expect(await at.interrupted('/poem', /word2/, (child) => child.kill('SIGKILL'))).toMatchObject({
      signal: 'SIGKILL',
    })
    expect(at.kit.chain.balance(Reserve.address)).toBe(40_000n)
    const listed = await at.run('channels', 'list')
    expect(listed.stdout).toMatch(/0x[0-9a-f]{64} {3}open: deposit 0\.040 · 0\.003 signed · http:\/\//)
    const again = await at.interrupted('/poem', /word2/, (child) => child.kill('SIGKILL'))
    expect(again.stdout).toMatch(/resume .*0\.003 signed before/)
    const closed = await at.run('channels', 'close')
    expect(closed).toMatchObject({ code: 0, stderr: '' })
    expect(closed.stdout).toMatch(/closed: paid 0\.006, refunded 0\.034/)
    expect(at.kit.chain.balance(Reserve.address)).toBe(0n)
    expect((await at.run('channels', 'list')).stdout).toContain('no channel is open')
  })

  test.each([
    ['with its journal', false],
    ['without', true],
  ])('gets its deposit back when the server is gone, %s', async (_, forget) => {
    await using at = await world(endless)
    await at.interrupted('/poem', /word2/, (child) => child.kill('SIGKILL'))
    await at.kit.server.close()
    const args = forget ? ['--state-dir', dirname(temporary('empty'))] : []
    const recover = () => at.run('channels', 'recover', ...args)
    expect((await at.run('channels', 'close', ...args)).code).toBe(1)
    const begun = await recover()
    expect(begun).toMatchObject({ code: 0, stderr: '' })
    expect(begun.stdout).toMatch(
      /closing: deposit 0\.040, can be withdrawn from 20.*; run recover again then/,
    )
    expect((await recover()).stdout).toBe(begun.stdout)
    at.kit.chain.increaseTime(Reserve.closeGracePeriodSeconds)
    expect((await recover()).stdout).toMatch(/closed: paid 0\.000, refunded 0\.040/)
    expect(at.kit.chain.balance(Reserve.address)).toBe(0n)
    expect((await recover()).stdout).toContain('no channel is open')
  })

  test('an unknown channel is one line and exit 2', async () => {
    await using at = await world(endless)
    const { code, stderr } = await at.run('channels', 'recover', '0x12')
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'error: no channel 0x12\n' })
  })
})

describe('what pay prints', () => {
  test('of a paid answer that is no stream: the answer', async () => {
    await using at = await world()
    const { code, stdout } = await at.run('pay', `${at.kit.server.url}/line`)
    expect(code).toBe(0)
    expect(stdout).toContain('Two roads diverged in a yellow wood,\n')
    expect(stdout).toMatch(/close {4}paid 0\.001 for 1 request ·/)
  })

  test('of one that is no text: how long it is', async () => {
    await using at = await world((pay) =>
      pay.fixed(
        { amount: '0.001', suggestedDeposit: '0.010' },
        async () => new Response(new Uint8Array([27, 99, 0]), { headers: { 'content-type': 'image/png' } }),
      ),
    )
    const { stdout } = await at.run('pay', at.kit.url)
    expect(stdout).toContain('3 bytes of image/png, not shown')
    expect(stdout).not.toContain('\u001b')
  })

  test('what was chosen where no deposit is suggested', async () => {
    await using at = await world((pay) =>
      pay.stream({ amount: '0.001', unitType: 'word' }, async function* () {
        yield 'word'
      }),
    )
    const { stdout } = await at.run('pay', at.kit.url, '--max-deposit', '0.5')
    expect(stdout).toMatch(/open .*deposit 0\.500, all of the budget: none was suggested/)
    const units = await at.run('pay', at.kit.url, '--deposit-units', '7')
    expect(units.stdout).toMatch(/open .*deposit 0\.007, for the units asked for/)
  })

  /** Clears the screen, writes to the clipboard, moves back, and turns the direction of writing. */
  const commands = '\u001b[2J\u001b]52;c;bWFsd2FyZQ==\u0007\r\u009b1A\u202e\u0000'

  test('no command of a server reaches the terminal', async () => {
    await using at = await world((pay) => {
      const stream = pay.stream(
        { amount: '0.001', unitType: `word${commands}`, suggestedDeposit: '0.010' },
        async function* () {
          yield `a${commands}b`
        },
      )
      const fixed = pay.fixed(
        { amount: '0.001', suggestedDeposit: '0.010' },
        async () => new Response(commands),
      )
      return (request) => (request.url.endsWith('/line') ? fixed : stream)(request)
    })
    await using refusing = await listen(
      async () =>
        new Response(JSON.stringify({ type: 'about:blank', detail: commands }), {
          status: 500,
          headers: { 'content-type': 'application/problem+json' },
        }),
    )
    for (const url of [at.kit.url, `${at.kit.server.url}/line`, refusing.url]) {
      const { stdout, stderr } = await at.run('pay', url)
      expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
    }
  })

  test('breaks of lines stay, in text; a word is one line', () => {
    expect(plain('a\r\nb\tc\u001b')).toBe('a\nb\tc␛')
    expect(plainLine('a\r\nb\tc')).toBe('a b c')
  })
})
