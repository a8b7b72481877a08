/** `serve`: the reference poem server. */
import type { Command } from 'commander'
import type { KeyAccount } from '../chain/accounts.ts'
import { devAccounts } from '../chain/accounts.ts'
import { httpRpc } from '../chain/http-rpc.ts'
import type { Rpc } from '../chain/rpc.ts'
import { listen } from '../server/node.ts'
import { payments } from '../server/payments.ts'
import { poemServer } from '../server/poem.ts'
import { defaultRpcPort, startChain } from './chain.ts'
import { integer, interrupted, print } from './output.ts'

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the reference server: a poem for $0.001 a word')
    .option('--port <port>', 'port to listen on (0: any free one)', integer(0, 65_535), 3000)
    .option(
      '--rpc-url <url>',
      `chain to settle on (default: a memory chain of its own, on port ${defaultRpcPort} if free)`,
    )
    .action(async (options: { port: number; rpcUrl?: string }) => {
      const account = devAccounts[0] as KeyAccount
      const { rpc, rpcUrl, close } = await chainFor(options.rpcUrl)
      // Ask before listening: a server that cannot reach its chain can serve nobody.
      await rpc.request({ method: 'eth_chainId' })
      const pay = payments({ account, chain: rpc, secretKey: secretKey(), realm: 'localhost' })
      const server = await listen(poemServer(pay), { port: options.port })
      print(`poem ${server.url}/poem   0.001 a word, payee ${account.address}`)
      print(`chain ${rpcUrl}`)
      print(`try: npm run -s cli -- pay ${server.url}/poem --rpc-url ${rpcUrl}`)
      await interrupted()
      await server.close()
      await close()
    })
}

async function chainFor(
  rpcUrl: string | undefined,
): Promise<{ rpc: Rpc; rpcUrl: string; close(): Promise<void> }> {
  if (rpcUrl !== undefined) return { rpc: httpRpc(rpcUrl), rpcUrl, close: async () => undefined }
  const { chain, server } = await startChain({ port: defaultRpcPort }).catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return startChain({})
  })
  return { rpc: chain, rpcUrl: server.url, close: server.close }
}

/** Challenges need not outlive the process. */
const secretKey = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32))
