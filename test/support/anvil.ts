/** Anvil for tests, in process and over HTTP; tests that need it are skipped, with the reason, where it is missing. */
import { type AnvilOptions, startAnvil } from '../../src/chain/anvil/chain.ts'
import { anvilMissing } from '../../src/chain/anvil/process.ts'
import { ChainClient } from '../../src/chain/client.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'

/** Why Anvil cannot run here, or undefined. */
export const missing = anvilMissing()
if (missing !== undefined) process.stderr.write(`skipping the tests on Anvil: ${missing}\n`)

/** Anvil behind the proxy, with an endpoint. */
export async function anvilNode(options: AnvilOptions = {}) {
  const node = await startAnvil(options)
  const server = await serveRpc(node.rpc)
  const close = async () => {
    await server.close()
    await node.close()
  }
  return { ...node, url: server.url, chain: new ChainClient(node.rpc), close, [Symbol.asyncDispose]: close }
}
