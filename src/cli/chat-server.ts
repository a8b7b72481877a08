/** `chat-server`: the reference server of x402, an OpenAI-compatible chat at a price for each answer. */
import { type Command, Option } from 'commander'
import { ChainClient } from '../chain/client.ts'
import type { Address } from '../codec/hex.ts'
import * as Uint from '../codec/uint.ts'
import { usdc } from '../contracts/transfer-authorization.ts'
import { type Listening, listen } from '../http/listen.ts'
import { devAccounts } from '../keys/accounts.ts'
import { generator } from '../x402/server/chat/generator.ts'
import type { Model } from '../x402/server/chat/model.ts'
import { upstream } from '../x402/server/chat/upstream.ts'
import { chatPath, chatServer } from '../x402/server/example/server.ts'
import { facilitatorAt } from '../x402/server/facilitator-client.ts'
import { type DurableClaims, lmdbClaims } from '../x402/server/lmdb-claims.ts'
import type { Merchant } from '../x402/server/offer.ts'
import type { Facilitator } from '../x402/wire/facilitator-api.ts'
import { startChain } from './chain.ts'
import { keptIn } from './data-folder.ts'
import { defaultChainId, facilitatorOn } from './facilitator.ts'
import { address, tokens } from './options.ts'
import { CliError, integer, interrupted, messageOf, print } from './output.ts'
import { plainLine } from './plain.ts'

interface Options {
  port: number
  facilitatorUrl?: string
  chainId: number
  asset: Address
  assetName: string
  assetVersion: string
  payTo: Address
  price: bigint
  x402Version?: string
  upstream?: string
  tokenDelay: number
  dataDir?: string
}

export function registerChatServer(program: Command): void {
  program
    .command('chat-server')
    .description('run the x402 reference server: a chat for $0.01 an answer')
    .addOption(
      new Option('--port <port>', 'port to listen on (0: any free one)')
        .env('PORT')
        .default(3000)
        .argParser(integer(0, 65_535)),
    )
    .addOption(
      new Option('--facilitator-url <url>', 'who settles (default: one of its own, on a memory chain)').env(
        'FACILITATOR_URL',
      ),
    )
    .addOption(
      new Option('--chain-id <id>', 'chain to be paid on')
        .env('CHAIN_ID')
        .default(defaultChainId)
        .argParser(integer(1, Number.MAX_SAFE_INTEGER)),
    )
    .addOption(
      new Option('--asset <address>', 'token to be paid in')
        .env('ASSET')
        .default(usdc.address)
        .argParser(address),
    )
    .addOption(new Option('--asset-name <name>', 'its EIP-712 name').env('ASSET_NAME').default(usdc.name))
    .addOption(
      new Option('--asset-version <version>', 'its EIP-712 version')
        .env('ASSET_VERSION')
        .default(usdc.version),
    )
    .addOption(
      new Option('--pay-to <address>', 'account that is paid')
        .env('PAY_TO')
        .default(devAccounts[0]?.address)
        .argParser(address),
    )
    .addOption(
      new Option('--price <tokens>', 'price of one answer')
        .env('PRICE')
        .default(10_000n, '0.01')
        .argParser(tokens),
    )
    .addOption(
      new Option('--x402-version <version>', 'offer one version only')
        .env('X402_VERSION')
        .choices(['1', '2']),
    )
    .addOption(
      new Option(
        '--upstream <url>',
        'OpenAI-compatible server that answers (default: a generator of words)',
      ).env('UPSTREAM_URL'),
    )
    .addOption(
      new Option('--token-delay <ms>', 'pause of the generator between two tokens')
        .env('TOKEN_DELAY_MS')
        .default(30)
        .argParser(integer(0, 60_000)),
    )
    .addOption(
      new Option('--data-dir <folder>', 'keep on disk what was paid for (default: in memory)').env(
        'DATA_DIR',
      ),
    )
    .addHelpText('after', '\nUPSTREAM_API_KEY is sent to the upstream as a bearer token.')
    .action(async (options: Options) => {
      const model = modelFor(options)
      const { facilitator, where, close } = await facilitatorFor(options)
      const claims = await claimsFor(options).catch(async (error: unknown) => {
        await close()
        throw error
      })
      try {
        const stop = interrupted()
        const server = await serveChat(options, facilitator, model, claims)
        print(
          `chat ${server.url}${chatPath}   ${Uint.toDecimal(options.price)} an answer, paid to ${options.payTo}`,
        )
        print(`facilitator ${where}`)
        print(`try: npm run -s cli -- chat --url ${server.url}${chatPath} "What is a stream?"`)
        await stop
        await server.close()
      } finally {
        await close()
        await claims?.close()
      }
    })
}

const claimsFor = ({ dataDir }: Options): Promise<DurableClaims | undefined> =>
  dataDir === undefined ? Promise.resolve(undefined) : keptIn(dataDir, 'payments', lmdbClaims)

/** Listens with what the options say. */
async function serveChat(
  options: Options,
  facilitator: Facilitator,
  model: Model,
  claims: DurableClaims | undefined,
): Promise<Listening> {
  const { asset, assetName, assetVersion, chainId, payTo, x402Version } = options
  const merchant: Merchant = {
    payTo,
    chainId,
    token: { address: asset, name: assetName, version: assetVersion },
    ...(x402Version === undefined ? {} : { versions: [x402Version === '1' ? 1 : 2] }),
  }
  const handle = chatServer({
    merchant,
    facilitator,
    model,
    price: Uint.toDecimal(options.price),
    ...(claims === undefined ? {} : { claims }),
    onError: (error) => {
      process.stderr.write(`${plainLine(messageOf(error))}\n`)
    },
  })
  return listen(handle, { port: options.port })
}

/** Throws `CliError` for anything but an http URL. */
function assertHttp(url: string): void {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new CliError(`${url} is not an http URL`)
}

function modelFor({ upstream: url, tokenDelay }: Options): Model {
  if (url === undefined) return generator({ delayMs: tokenDelay })
  assertHttp(url)
  const apiKey = process.env['UPSTREAM_API_KEY']
  return upstream({ url, ...(apiKey === undefined ? {} : { apiKey }) })
}

async function facilitatorFor({ facilitatorUrl, chainId }: Options) {
  if (facilitatorUrl !== undefined) {
    assertHttp(facilitatorUrl)
    return { facilitator: facilitatorAt(facilitatorUrl), where: facilitatorUrl, close: async () => undefined }
  }
  const { chain, server } = await startChain({ chainId })
  return {
    facilitator: facilitatorOn(new ChainClient(chain)),
    where: `its own, on the memory chain at ${server.url}`,
    close: server.close,
  }
}
