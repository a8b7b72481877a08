/** `chain`: the memory chain as a JSON-RPC node. */
import type { Command } from 'commander'
import { MemoryChain } from '../chain/memory/chain.ts'
import { type RpcServer, serveRpc } from '../chain/rpc-server.ts'
import { pathUsd } from '../contracts/token.ts'
import { devAccounts } from '../keys/accounts.ts'
import { fastestCurve } from '../keys/native-curve.ts'
import { CliError, integer, interrupted, print } from './output.ts'

/** The default address of a chain, both for serving it and for commands that connect to it. */
export const defaultRpcPort = 8545
export const defaultRpcUrl = `http://127.0.0.1:${defaultRpcPort}`

/** A memory chain with the development accounts funded, and its endpoint. */
export async function startChain(options: {
  port?: number
  chainId?: number
  cors?: readonly string[]
}): Promise<{ chain: MemoryChain; server: RpcServer }> {
  const chain = new MemoryChain({
    funded: devAccounts.map(({ address }) => address),
    recoverKey: fastestCurve,
    ...(options.chainId === undefined ? {} : { chainId: options.chainId }),
  })
  const { port, cors } = options
  const server = await serveRpc(chain, {
    ...(port === undefined ? {} : { port }),
    ...(cors === undefined ? {} : { cors }),
  })
  return { chain, server }
}

export function registerChain(program: Command): void {
  program
    .command('chain')
    .description('run the memory chain as a JSON-RPC node')
    .option('--port <port>', `port to listen on (0: any free one)`, integer(0, 65_535), defaultRpcPort)
    .option('--chain-id <id>', 'chain id', integer(1, Number.MAX_SAFE_INTEGER))
    .option(
      '--cors <origin...>',
      "origins of web pages that may use it, or '*' for every page (default: none)",
    )
    .option('--anvil', 'run Anvil with our contracts instead of the memory chain')
    .option('--fork-url <url>', 'run Anvil on a fork of the chain at this URL')
    .action(async (options: ChainOptions) => {
      const stop = interrupted()
      const { chainId, server, close } = await startNode(options)
      print(`chain ${chainId} at ${server.url}`)
      print(`token ${pathUsd} (pathUSD, 6 decimals)`)
      print('funded accounts, 1000000 tokens each (public test keys, worth nothing anywhere else)')
      devAccounts.forEach(({ address, privateKey }, i) => {
        print(`  (${i}) ${address}  ${privateKey}`)
      })
      await stop
      await server.close()
      await close()
    })
}

interface ChainOptions {
  port: number
  chainId?: number
  cors?: string[]
  anvil?: true
  forkUrl?: string
}

/** The memory chain, or Anvil when it is asked for. */
async function startNode(options: ChainOptions) {
  if (options.anvil === undefined && options.forkUrl === undefined) {
    const { chain, server } = await startChain(options)
    return { chainId: chain.chainId, server, close: async () => undefined }
  }
  if (options.forkUrl !== undefined && !/^https?:\/\//.test(options.forkUrl))
    throw new CliError(`not an http URL: ${options.forkUrl}`)
  const { startAnvil } = await import('../chain/anvil/chain.ts')
  const { rpc, chainId, close } = await startAnvil(options)
  try {
    return { chainId, server: await serveRpc(rpc, options), close }
  } catch (error) {
    await close()
    throw error
  }
}
