/** `pay`: fetches a paid resource, pays for it, closes the channel, and shows the bill. */

import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { ChainClient } from '../chain/client.ts'
import { httpRpc } from '../chain/http-rpc.ts'
import type { Rpc } from '../chain/rpc.ts'
import type { Address } from '../codec/hex.ts'
import { pathUsd } from '../contracts/token.ts'
import { defaultLimits } from '../http/limits.ts'
import type { KeyAccount } from '../keys/accounts.ts'
import type { Journal } from '../mpp/client/journal.ts'
import {
  type Confirmation,
  type Purchase,
  type Session,
  type SessionOptions,
  session,
} from '../mpp/client/session.ts'
import { refusalOf } from '../mpp/client/wire.ts'
import { defaultRpcUrl } from './chain.ts'
import { isNoRoom, lostOutput } from './lost-output.ts'
import { money, narrate } from './narrator.ts'
import { address, tokens } from './options.ts'
import { CliError, integer, messageOf } from './output.ts'
import { type PayerOptions, payerAccount, payerOptions } from './payer.ts'
import { plainLine } from './plain.ts'
import { journalIn, stateOption } from './state.ts'

interface Options extends PayerOptions {
  rpcUrl: string
  maxDeposit: string
  depositUnits?: number
  maxPrice?: string
  maxPerHost?: string
  maxTotal?: string
  currency?: Address[]
  escrow?: Address[]
  recipient?: Address[]
  chainId?: number[]
  confirm?: boolean
  stateDir: string
}

export function registerPay(program: Command): void {
  payerOptions(program.command('pay'))
    .description('fetch a paid resource: print what it says, then the bill')
    .argument('<url>', 'the resource')
    .option('--rpc-url <url>', 'chain to pay on', defaultRpcUrl)
    .option('--max-deposit <tokens>', 'most to deposit; all of it where the server suggests nothing', '1')
    .option('--deposit-units <n>', 'deposit for so many units at first', integer(1, 1_000_000_000))
    .option('--max-price <tokens>', 'most that one unit may cost')
    .option('--max-per-host <tokens>', 'most to lock with and pay to one host, with all payments before')
    .option('--max-total <tokens>', 'most to lock and pay in all, with all payments before')
    .option('--currency <address...>', 'tokens to pay in (default: pathUSD)', addresses)
    .option(
      '--escrow <address...>',
      'escrows to trust with v1 channels (default: the one of SDKs)',
      addresses,
    )
    .option('--recipient <address...>', 'who may be paid (default: anyone)', addresses)
    .option('--chain-id <id...>', 'chains to pay on (default: whichever the node is of)', chainIds)
    .option('--confirm', 'ask before money is locked')
    .addOption(stateOption())
    .action(async (url: string, options: Options) => {
      if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new CliError(`${url} is not an http URL`)
      for (const amount of [options.maxDeposit, options.maxPrice, options.maxPerHost, options.maxTotal])
        if (amount !== undefined) tokens(amount)
      const stopped = stopping()
      await pay({
        url,
        account: await payerAccount(options),
        chain: httpRpc(options.rpcUrl),
        ...policyOf(options),
        journal: await journalIn(options.stateDir),
        signal: stopped.signal,
      }).catch((error: unknown) => {
        // The channel is closed by now, or what is left was told.
        if (!stopped.signal.aborted) throw error
      })
      stopped.end()
    })
}

/** What the payer agrees to. */
function policyOf({ maxDeposit, confirm, ...options }: Options): PayPolicy {
  const given = {
    depositUnits: options.depositUnits,
    maxPrice: options.maxPrice,
    maxPerHost: options.maxPerHost,
    maxTotal: options.maxTotal,
    currencies: options.currency,
    escrows: options.escrow,
    recipients: options.recipient,
    chains: options.chainId,
    confirm: confirm === true ? ask : undefined,
  }
  const said = Object.entries(given).filter(([, value]) => value !== undefined)
  return { maxDeposit, ...Object.fromEntries(said) }
}

const addresses = (text: string, before: readonly Address[] = []): Address[] => [...before, address(text)]
const chainIds = (text: string, before: readonly number[] = []): number[] => [
  ...before,
  integer(1, Number.MAX_SAFE_INTEGER)(text),
]

/** Asks on the terminal; anything but yes is no. */
async function ask({ action, url, terms, amount }: Confirmation): Promise<boolean> {
  const what = action === 'open' ? 'lock' : 'add'
  const each = `${money(terms.amount)} each ${plainLine(terms.unitType ?? 'unit')}`
  const asked = `  ${what} ${money(amount)} for ${plainLine(url)}, ${each}, paid to ${terms.recipient}? [y/N] `
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
    return /^y(es)?$/i.test((await Promise.race([lines.question(asked), ended])).trim())
  } finally {
    lines.close()
  }
}

/** Thrown through a payment that its user stopped. */
class Stopped extends Error {
  override readonly name = 'Stopped'
  readonly exitCode: number

  constructor(exitCode: number) {
    super('stopped')
    this.exitCode = exitCode
  }
}

/** Aborts on a signal, or when the reader of the output has gone. A second signal ends the process at once. */
function stopping(): { signal: AbortSignal; end(): void } {
  const controller = new AbortController()
  const stop = (exitCode: number) => () => {
    if (controller.signal.aborted) process.exit(exitCode)
    process.exitCode = exitCode
    controller.abort(new Stopped(exitCode))
  }
  const [interrupt, terminate] = [stop(130), stop(143)]
  const lost = lostOutput(false)
  const broken = (error: NodeJS.ErrnoException) => {
    if (isNoRoom(error)) lost(error)
    else if (error.code !== 'EPIPE') throw error
    if (!controller.signal.aborted) controller.abort(new Stopped(0))
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', terminate)
  process.stdout.on('error', broken)
  return {
    signal: controller.signal,
    end: () => {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', terminate)
    },
  }
}

type PayPolicy = Pick<
  SessionOptions,
  | 'maxDeposit'
  | 'maxPrice'
  | 'maxPerHost'
  | 'maxTotal'
  | 'depositUnits'
  | 'currencies'
  | 'escrows'
  | 'recipients'
  | 'chains'
  | 'confirm'
>

/** Pays for a resource and prints it as it comes. Whatever breaks, the deposit is asked back. */
export async function pay(
  options: {
    url: string
    account: KeyAccount
    chain: Rpc
    journal?: Journal
    signal?: AbortSignal
  } & PayPolicy,
): Promise<void> {
  const { url, signal, ...rest } = options
  await checkFunds(new ChainClient(options.chain), options.account)
  const narrator = narrate()
  const own: SessionOptions = { ...rest, fetch: explainingFetch, onEvent: (event) => narrator.event(event) }
  const paying = session(signal === undefined ? own : { ...own, signal })
  try {
    const headers = { accept: 'text/event-stream, */*;q=0.5' }
    const purchase = await paying.buy(url, { headers })
    if (!purchase.response.ok) throw await refusalOf('request', purchase.response, defaultLimits)
    await show(purchase, narrator, signal)
  } catch (error) {
    await giveBack(paying)
    narrator.end()
    throw error
  }
  await giveBack(paying, true)
  narrator.end()
}

/** Prints what was paid for. */
async function show(
  { response, events }: Purchase,
  narrator: ReturnType<typeof narrate>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (events !== undefined) {
    for await (const word of events) narrator.word(word)
    return
  }
  const type = response.headers.get('content-type') ?? ''
  const readable = type === '' || /^text\/|[/+](json|xml)\b|javascript|urlencoded/i.test(type)
  const utf8 = new TextDecoder()
  let size = 0
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    signal?.throwIfAborted()
    size += chunk.length
    if (readable) narrator.text(utf8.decode(chunk, { stream: true }))
  }
  if (!readable) narrator.text(`  ${size} bytes of ${plainLine(type)}, not shown\n`)
}

/** Closes the channel. A failure is told with where the money is, and is an error if nothing else was. */
async function giveBack(paying: Session, loud = false): Promise<void> {
  try {
    await paying.close()
  } catch (error) {
    const why = plainLine(messageOf(error))
    process.stderr.write(
      `the channel ${paying.channel?.channelId} could not be closed (${why}); get its deposit back with: channels recover\n`,
    )
    if (loud) throw error
  }
}

/** fetch whose failures say what could not be reached. */
const explainingFetch: typeof fetch = async (input, init) => {
  try {
    return await fetch(input, init)
  } catch (error) {
    if (init?.signal?.aborted) throw error
    const url = input instanceof Request ? input.url : String(input)
    const { cause } = error as { cause?: { code?: string; message?: string } }
    throw new CliError(`cannot reach ${url}: ${cause?.code ?? cause?.message ?? String(error)}`)
  }
}

/** A payer without money is told so before anything is signed. */
async function checkFunds(chain: ChainClient, { address }: KeyAccount): Promise<void> {
  await chain.chainId()
  if ((await chain.balance(pathUsd, address)) === 0n)
    throw new CliError(`account ${address} holds no pathUSD on this chain; account fund asks its faucet`)
}
