/** `chain`: the memory chain as a JSON-RPC node. */
import type { Command } from 'commander'
import { devAccounts } from '../chain/accounts.ts'
import { MemoryChain } from '../chain/memory/chain.ts'
import { fastestCurve } from '../chain/native-curve.ts'
import { type RpcServer, serveRpc } from '../chain/rpc-server.ts'
import { pathUsd } from '../channel/token.ts'
import { integer, interrupted, print } from './output.ts'

/** Where a chain listens when nobody says otherwise, and where commands look for one. */
export const defaultRpcPort = 8545
export const defaultRpcUrl = `http://127.0.0.1:${defaultRpcPort}`

/** A memory chain with the development accounts funded, and its endpoint. */
export async function startChain(options: {
  port?: number
  chainId?: number
}): Promise<{ chain: MemoryChain; server: RpcServer }> {
  const chain = new MemoryChain({
    funded: devAccounts.map(({ address }) => address),
    recoverKey: fastestCurve,
    ...(options.chainId === undefined ? {} : { chainId: options.chainId }),
  })
  const server = await serveRpc(chain, options.port === undefined ? {} : { port: options.port })
  return { chain, server }
}

export function registerChain(program: Command): void {
  program
    .command('chain')
    .description('run the memory chain as a JSON-RPC node')
    .option('--port <port>', `port to listen on (0: any free one)`, integer(0, 65_535), defaultRpcPort)
    .option('--chain-id <id>', 'chain id', integer(1, Number.MAX_SAFE_INTEGER), 42_431)
    .action(async (options: { port: number; chainId: number }) => {
      const { server } = await startChain(options)
      print(`chain ${options.chainId} at ${server.url}`)
      print(`token ${pathUsd} (pathUSD, 6 decimals)`)
      print('funded accounts, 1000000 tokens each (public test keys, worth nothing anywhere else)')
      devAccounts.forEach(({ address, privateKey }, i) => {
        print(`  (${i}) ${address}  ${privateKey}`)
      })
      await interrupted()
      await server.close()
    })
}
