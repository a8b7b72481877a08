/** Unmodified mppx 0.11.0 on our chain: its client pays our server, our client pays its server. Money is read on chain. */
import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { ownChain } from '../../conformance/runner/environment.ts'
import { loadTarget, start } from '../../conformance/runner/target.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { pathUsd } from '../../src/channel/token.ts'
import { session } from '../../src/client/session.ts'
import { listen } from '../../src/server/node.ts'
import { payments } from '../../src/server/payments.ts'
import { poem, poemServer, words } from '../../src/server/poem.ts'
import { collect, payee, payer } from '../support/kit.ts'

const price = 1000n * BigInt(words.length)
const folder = 'conformance/targets/mppx'

/** Runs the mppx client against a URL. */
function mppxClient(
  url: string,
  rpcUrl: string,
): Promise<{ data: string[]; receipt: Record<string, string> }> {
  return new Promise((resolve, reject) => {
    const env = {
      ...process.env,
      URL: url,
      RPC_URL: rpcUrl,
      CHAIN_ID: '42431',
      PAYER_PRIVATE_KEY: payer.privateKey,
    }
    const child = spawn(process.execPath, ['client.mjs'], { cwd: folder, env })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(stdout) as Awaited<ReturnType<typeof mppxClient>>)
      else reject(new Error(stderr))
    })
  })
}

describe('mppx client', () => {
  test.each([false, true])('pays our server, top-up and close included (fee payer: %s)', async (feePayer) => {
    const environment = await ownChain()
    const pay = payments({
      account: payee,
      chain: environment.rpc,
      secretKey: 'a secret that has at least 32 bytes',
      realm: 'test',
    })
    await using server = await listen(poemServer(pay, { feePayer }))
    const chain = environment.memory!
    const before = { payee: chain.balance(payee.address), payer: chain.balance(payer.address) }
    const { data, receipt } = await mppxClient(`${server.url}/poem`, environment.rpcUrl)
    expect(data.join(' ')).toBe(poem)
    expect(receipt).toMatchObject({ spent: price.toString(), status: 'success' })
    // Open and top-up are the payer's unless sponsored; the close is the payee's.
    const fees = feePayer ? { payee: 3000n, payer: 0n } : { payee: 1000n, payer: 2000n }
    expect(chain.balance(payee.address)).toBe(before.payee + price - fees.payee)
    expect(chain.balance(payer.address)).toBe(before.payer - price - fees.payer)
    await environment.close()
  })
})

describe('mppx server', () => {
  test('is paid by our client, top-up and close included', async () => {
    const environment = await ownChain()
    const chain = environment.memory!
    const before = { payee: chain.balance(payee.address), payer: chain.balance(payer.address) }
    const { url, stop } = await start(loadTarget('mppx'), {
      RPC_URL: environment.rpcUrl,
      CHAIN_ID: '42431',
      CURRENCY: pathUsd,
      PAYEE_PRIVATE_KEY: payee.privateKey,
      SECRET_KEY: 'a secret for the target, at least 32 bytes long',
    })
    try {
      const kinds: string[] = []
      const paying = session({
        account: payer,
        chain: httpRpc(environment.rpcUrl),
        maxDeposit: '1',
        onEvent: ({ type }) => kinds.push(type),
      })
      expect((await collect(paying.sse(url))).join(' ')).toBe(poem)
      expect(kinds).toContain('topUp')
      expect(await paying.close()).toMatchObject({ spent: price })
      expect(chain.balance(payee.address)).toBe(before.payee + price - 1000n)
      expect(chain.balance(payer.address)).toBe(before.payer - price - 2000n)
    } finally {
      await stop()
      await environment.close()
    }
  })
})
