/** `facilitator`: the reference facilitator of x402, on a chain of its own or on the node at a URL. */
import { type Command, Option } from 'commander'
import { ChainClient } from '../chain/client.ts'
import { httpRpc } from '../chain/http-rpc.ts'
import type { Rpc } from '../chain/rpc.ts'
import { listen } from '../http/listen.ts'
import { devAccounts, type KeyAccount } from '../keys/accounts.ts'
import { fastestCurve } from '../keys/native-curve.ts'
import { facilitator } from '../x402/facilitator/facilitator.ts'
import { facilitatorHandler } from '../x402/facilitator/handle.ts'
import { startChain } from './chain.ts'
import { account } from './options.ts'
import { integer, interrupted, print } from './output.ts'

/** The chain x402 is mostly tried on: Base Sepolia. Its USDC is on every memory chain. */
export const defaultChainId = 84_532

interface Options {
  port: number
  rpcUrl?: string
  chainId: number
  privateKey?: KeyAccount
}

export function registerFacilitator(program: Command): void {
  program
    .command('facilitator')
    .description('run the x402 facilitator: verifies payments and settles each once')
    .addOption(
      new Option('--port <port>', 'port to listen on (0: any free one)')
        .env('PORT')
        .default(4021)
        .argParser(integer(0, 65_535)),
    )
    .addOption(
      new Option('--rpc-url <url>', 'chain to settle on (default: a memory chain of its own)').env('RPC_URL'),
    )
    .addOption(
      new Option('--chain-id <id>', 'id of the memory chain')
        .env('CHAIN_ID')
        .default(defaultChainId)
        .argParser(integer(1, Number.MAX_SAFE_INTEGER)),
    )
    .addOption(
      new Option('--private-key <hex>', 'account that pays for gas (default: the third development account)')
        .env('FACILITATOR_PRIVATE_KEY')
        .argParser(account),
    )
    .action(async (options: Options) => {
      const { rpc, rpcUrl, close } = await chainFor(options)
      try {
        const chain = new ChainClient(rpc)
        // Ask before listening: a facilitator that cannot reach its chain settles nothing.
        const chainId = await chain.chainId()
        const own = facilitatorOn(chain, options.privateKey)
        const stop = interrupted()
        const server = await listen(facilitatorHandler(own), { port: options.port })
        print(`facilitator ${server.url}   exact, v1 and v2, chain ${chainId}`)
        print(`chain ${rpcUrl}`)
        await stop
        await server.close()
      } finally {
        await close()
      }
    })
}

/** A facilitator whose gas a development account pays unless another is named. */
export const facilitatorOn = (chain: ChainClient, account = devAccounts[2] as KeyAccount) =>
  facilitator({ account, chain, recoverKey: fastestCurve })

async function chainFor({
  rpcUrl,
  chainId,
}: Options): Promise<{ rpc: Rpc; rpcUrl: string; close(): Promise<void> }> {
  if (rpcUrl !== undefined) return { rpc: httpRpc(rpcUrl), rpcUrl, close: async () => undefined }
  const { chain, server } = await startChain({ chainId })
  return { rpc: chain, rpcUrl: server.url, close: server.close }
}
