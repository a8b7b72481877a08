/** The unmodified mppx 0.11.0 client pays our server at once, over HTTP and inside MCP. Money is read on chain. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { ownChain } from '../../conformance/harness/environment.ts'
import { listen } from '../../src/http/listen.ts'
import { poemServer } from '../../src/mpp/server/example/server.ts'
import { words } from '../../src/mpp/server/example/text.ts'
import { payee, payer, paymentsOn } from '../support/kit.ts'

const price = 10_000n
const fee = 1000n

test('mppx client pays for a response and for a call of a tool', async () => {
  const environment = await ownChain()
  const chain = environment.memory!
  const pay = paymentsOn(environment.rpc)
  await using server = await listen(poemServer(pay))
  const buy = async (path: string, more: Record<string, string> = {}) => {
    const env = {
      ...process.env,
      ...more,
      URL: `${server.url}${path}`,
      RPC_URL: environment.rpcUrl,
      CHAIN_ID: '42431',
      PAYER_PRIVATE_KEY: payer.privateKey,
    }
    const cwd = 'conformance/targets/mppx'
    const { stdout } = await promisify(execFile)(process.execPath, ['charge-client.mjs'], { cwd, env })
    return JSON.parse(stdout) as { data: string; receipt: Record<string, string> }
  }
  const before = { payee: chain.balance(payee.address), payer: chain.balance(payer.address) }
  const bought = await Promise.all([buy('/charge'), buy('/mcp', { TOOL: 'line' })])
  for (const { data, receipt } of bought) {
    expect(data).toBe(words.slice(0, 7).join(' '))
    expect(receipt).toMatchObject({ method: 'tempo', status: 'success' })
  }
  expect(chain.balance(payee.address)).toBe(before.payee + 2n * price)
  expect(chain.balance(payer.address)).toBe(before.payer - 2n * (price + fee))
  await environment.close()
})
