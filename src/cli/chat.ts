/**
 * `chat`: asks a paid chat by x402 and shows its answer as it streams, with its progress and the bill. Without a URL
 * it runs chain, facilitator and server itself.
 */
import { type Command, Option } from 'commander'
import { ChainClient } from '../chain/client.ts'
import type { Address } from '../codec/hex.ts'
import * as Uint from '../codec/uint.ts'
import { usdc } from '../contracts/transfer-authorization.ts'
import { listen } from '../http/listen.ts'
import { devAccounts, type KeyAccount } from '../keys/accounts.ts'
import { chatStream, type Progress } from '../x402/client/chat.ts'
import { type PaymentEvent, payingFetch } from '../x402/client/paying-fetch.ts'
import { generator } from '../x402/server/chat/generator.ts'
import { chatPath, chatServer } from '../x402/server/example/server.ts'
import { startChain } from './chain.ts'
import { defaultChainId, facilitatorOn } from './facilitator.ts'
import { address, tokens } from './options.ts'
import { CliError, integer, print } from './output.ts'
import { type PayerOptions, payerAccount, payerOptions } from './payer.ts'
import { plain, plainLine } from './plain.ts'

interface Options extends PayerOptions {
  url?: string
  model: string
  maxAmount: bigint
  chainId: number
  asset: Address
}

export function registerChat(program: Command): void {
  payerOptions(program.command('chat'))
    .description('ask a paid chat by x402 and watch its answer stream')
    .argument('<message>', 'what to ask')
    .option('--url <url>', 'its /v1/chat/completions (default: a server of its own, in memory)')
    .option('--model <name>', 'model to ask', 'words-1')
    .addOption(
      new Option('--max-amount <tokens>', 'most that the answer may cost')
        .default(100_000n, '0.1')
        .argParser(tokens),
    )
    .option('--chain-id <id>', 'chain to pay on', integer(1, Number.MAX_SAFE_INTEGER), defaultChainId)
    .option('--asset <address>', 'token to pay in (default: USDC of Base Sepolia)', address, usdc.address)
    .action(async (message: string, options: Options) => {
      const account = await payerAccount(options)
      const { url, close } = await serverFor(options, account)
      try {
        await ask(url, message, options, account)
      } finally {
        await close()
      }
    })
}

async function ask(url: string, message: string, options: Options, account: KeyAccount): Promise<void> {
  const fetch = payingFetch({
    account,
    maxAmount: Uint.toDecimal(options.maxAmount),
    assets: [{ chainId: options.chainId, address: options.asset }],
    onPayment: (event) => print(lineOf(event)),
  })
  const stop = new AbortController()
  const stopped = () => stop.abort()
  process.once('SIGINT', stopped)
  const request = { model: options.model, messages: [{ role: 'user', content: message }] }
  const stream = chatStream(request, { url, fetch, signal: stop.signal })
  try {
    for await (const text of stream) process.stdout.write(plain(text))
  } finally {
    process.removeListener('SIGINT', stopped)
    if (stream.progress.tokens > 0) print(`\n${progressLine(stream.progress)}`)
  }
}

const lineOf = (event: PaymentEvent): string =>
  event.type === 'signed'
    ? `  402      ${Uint.toDecimal(event.amount)} to ${plainLine(event.payTo)} on ${plainLine(event.network)}`
    : `  settled  tx ${plainLine(event.settlement.transaction ?? '')}\n`

function progressLine({ tokens, elapsedMs, firstTokenMs = 0, tokensPerSecond, done }: Progress): string {
  const rate = tokensPerSecond === 0 ? '' : `   ${tokensPerSecond.toFixed(1)} tokens/s`
  return `\n  ${done ? 'done   ' : 'stopped'}  ${tokens} tokens in ${(elapsedMs / 1000).toFixed(1)} s, the first after ${firstTokenMs.toFixed(0)} ms${rate}`
}

/** The server that is named, or one of its own with its chain. */
async function serverFor(
  { url, chainId }: Options,
  payer: KeyAccount,
): Promise<{ url: string; close(): Promise<void> }> {
  if (url !== undefined) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new CliError(`${url} is not an http URL`)
    return { url, close: async () => undefined }
  }
  const { chain, server: node } = await startChain({ chainId })
  await chain.request({ method: 'tempo_fundAddress', params: [payer.address] })
  const [payee] = devAccounts as readonly [KeyAccount]
  const handle = chatServer({
    merchant: { payTo: payee.address, token: usdc, chainId },
    facilitator: facilitatorOn(new ChainClient(chain)),
    model: generator({ delayMs: 40 }),
  })
  const server = await listen(handle)
  return {
    url: `${server.url}${chatPath}`,
    async close() {
      await server.close()
      await node.close()
    },
  }
}
