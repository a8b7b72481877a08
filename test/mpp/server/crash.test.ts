/** SIGKILL at any moment: what was delivered was charged before, and what was accepted is not lost (SESS-CRASH-001). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serveRpc } from '../../../src/chain/rpc-server.ts'
import { session } from '../../../src/mpp/client/session.ts'
import type { Receipt } from '../../../src/mpp/wire/receipt.ts'
import { startIn } from '../../support/cli.ts'
import { collect, newChain, payer } from '../../support/kit.ts'

/** Starts the reference server in a process of its own; answers its URL and how to kill it. */
async function serve(env: Record<string, string>): Promise<{ url: string; kill(): Promise<void> }> {
  const fixed = { PORT: '0', SECRET_KEY: 'a secret that survives every crash' }
  const { output, kill } = await startIn({ ...fixed, ...env }, poem, 'serve')
  return { url: poem.exec(output())?.[1] as string, kill }
}
const poem = /poem (http:\S+)/

test('a killed server goes on where it was', async () => {
  const chain = newChain()
  const rpc = await serveRpc(chain)
  const folder = mkdtempSync(join(tmpdir(), 'streamed-payments-'))
  const env = { RPC_URL: rpc.url, DATA_DIR: folder }
  let server = await serve(env)
  let receipt: Receipt | undefined
  const pay = session({
    account: payer,
    chain,
    maxDeposit: '1',
    // The server moves to another port at each start; the client is told one URL.
    fetch: (input, init) => fetch(String(input).replace('http://poem.test/', server.url), init),
    onEvent: (event) => {
      if (event.type === 'receipt') receipt = event.receipt
    },
  })
  let delivered = 0
  let accepted = 0n
  for (const words of [1, 7, 19]) {
    const stream = pay.sse('http://poem.test/')[Symbol.asyncIterator]()
    for (let i = 0; i < words; i++) {
      await stream.next()
      delivered++
    }
    accepted = receipt?.acceptedCumulative ?? 0n
    await server.kill()
    // What was on its way when the server died still counts.
    const rest = async () => {
      for (let next = await stream.next(); !next.done; next = await stream.next()) delivered++
    }
    await expect(rest()).rejects.toThrow()
    server = await serve(env)
  }
  delivered += (await collect(pay.sse('http://poem.test/'))).length
  const closed = await pay.close()
  expect(closed?.acceptedCumulative).toBeGreaterThanOrEqual(accepted)
  expect(closed?.spent).toBeGreaterThanOrEqual(1000n * BigInt(delivered))
  // One unit can have been charged and lost on the way at each kill, and no more.
  expect(closed?.spent).toBeLessThanOrEqual(1000n * BigInt(delivered + 2 * 3))
  await server.kill()
  await rpc.close()
  rmSync(folder, { recursive: true })
})
