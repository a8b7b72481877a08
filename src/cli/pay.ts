/** `pay`: streams a resource, pays for it, closes the channel, and shows the bill. */
import type { Command } from 'commander'
import { devAccounts, type KeyAccount } from '../chain/accounts.ts'
import { ChainClient } from '../chain/client.ts'
import { httpRpc } from '../chain/http-rpc.ts'
import type { Rpc } from '../chain/rpc.ts'
import { pathUsd } from '../channel/token.ts'
import { type Session, type SessionEvent, session } from '../client/session.ts'
import * as Uint from '../codec/uint.ts'
import { defaultRpcUrl } from './chain.ts'
import { account as accountOption } from './options.ts'
import { CliError, print } from './output.ts'

export function registerPay(program: Command): void {
  program
    .command('pay')
    .description('stream a paid resource: print what it says, then the bill')
    .argument('<url>', 'the resource')
    .option('--rpc-url <url>', 'chain to pay on', defaultRpcUrl)
    .option('--max-deposit <tokens>', 'most to deposit', '1')
    .option('--private-key <hex>', 'key of the payer (default: the second development account)')
    .action(async (url: string, options: { rpcUrl: string; maxDeposit: string; privateKey?: string }) => {
      if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new CliError(`${url} is not an http URL`)
      const account =
        options.privateKey === undefined ? (devAccounts[1] as KeyAccount) : accountOption(options.privateKey)
      await pay({ url, account, chain: httpRpc(options.rpcUrl), maxDeposit: options.maxDeposit })
    })
}

/** Pays for a stream and prints it as it comes. Whatever breaks, the deposit is asked back. */
export async function pay(options: {
  url: string
  account: KeyAccount
  chain: Rpc
  maxDeposit: string
}): Promise<void> {
  await checkFunds(new ChainClient(options.chain), options.account)
  const narrator = narrate()
  const paying = session({ ...options, fetch: answeringFetch, onEvent: (event) => narrator.event(event) })
  try {
    for await (const word of paying.sse(options.url)) narrator.word(word)
  } catch (error) {
    narrator.end()
    await giveBack(paying)
    throw error
  }
  await paying.close()
  narrator.end()
}

/** Closes after a failure; the failure is what is reported, this only says if money stays behind. */
async function giveBack(paying: Session): Promise<void> {
  try {
    await paying.close()
  } catch (error) {
    const { channel } = paying
    const why = error instanceof Error ? error.message : String(error)
    print(
      `  the channel ${channel?.channelId} could not be closed (${why}); its deposit can be withdrawn on chain`,
    )
  }
}

/** Longest wait for a server to begin its answer. */
const answerTimeoutMs = 30_000

/** fetch that gives up on a server which takes a request and never answers; bodies may take as long as they like. */
const answeringFetch: typeof fetch = async (input, init) => {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), answerTimeoutMs)
  try {
    return await fetch(input, { ...init, signal: controller.signal })
  } catch (error) {
    const url = input instanceof Request ? input.url : String(input)
    const { cause } = error as { cause?: { code?: string; message?: string } }
    const reason = controller.signal.aborted
      ? `no answer within ${answerTimeoutMs / 1000} s`
      : (cause?.code ?? cause?.message ?? String(error))
    throw new CliError(`cannot reach ${url}: ${reason}`)
  } finally {
    clearTimeout(timer)
  }
}

/** A payer without money is told so before anything is signed. */
async function checkFunds(chain: ChainClient, { address }: KeyAccount): Promise<void> {
  await chain.chainId()
  if ((await chain.balance(pathUsd, address)) === 0n)
    throw new CliError(`account ${address} holds no pathUSD on this chain`)
}

const short = (hex: string): string => `${hex.slice(0, 6)}…${hex.slice(-4)}`
const money = (amount: bigint): string => Uint.toDecimal(amount)

/** Prints events and words: words flow in one paragraph, money has lines of its own. */
export function narrate(write: (text: string) => void = (text) => process.stdout.write(text)) {
  let column = 0
  let vouchers = 0
  let words = 0
  let price = 0n
  let unit = 'unit'
  let highest = 0n
  const line = (text: string) => {
    if (column > 0) write('\n')
    column = 0
    write(`  ${text}\n`)
  }
  const flushVouchers = () => {
    if (vouchers > 0) line(`voucher  ${vouchers} of them, up to ${money(highest)}`)
    vouchers = 0
  }
  return {
    word(word: string) {
      words++
      if (column === 0 || column + word.length > 76) {
        if (column > 0) write('\n')
        write('  ')
        column = 2
      }
      write(`${word} `)
      column += word.length + 1
    },
    event(event: SessionEvent) {
      switch (event.type) {
        case 'challenge': {
          const { amount, unitType, suggestedDeposit } = event.terms
          price = amount
          unit = unitType ?? unit
          const suggested =
            suggestedDeposit === undefined ? '' : ` · deposit ${money(suggestedDeposit)} suggested`
          return line(`402      ${money(amount)} per ${unit}${suggested}`)
        }
        case 'open':
          return line(`open     ${short(event.channelId)}  deposit ${money(event.deposit)}`)
        case 'voucher':
          vouchers++
          highest = event.cumulativeAmount
          return
        case 'topUp':
          flushVouchers()
          return line(`top up   +${money(event.additionalDeposit)}  deposit is now ${money(event.deposit)}`)
        case 'closed': {
          flushVouchers()
          const { paid, refunded, receipt } = event
          const units = price === 0n ? words : Number(paid / price)
          return line(
            `close    paid ${money(paid)} for ${units} ${unit}s · refunded ${money(refunded)} · tx ${short(receipt.txHash ?? '0x')}`,
          )
        }
        default:
          return
      }
    },
    end() {
      if (column > 0) write('\n')
      column = 0
      print('')
    },
  }
}
