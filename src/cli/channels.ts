/** `channels`: what the payer's channels hold, and how to get it back, with the payee or without. */
import type { Command } from 'commander'
import { ChainClient } from '../chain/client.ts'
import { httpRpc } from '../chain/http-rpc.ts'
import type { Rpc } from '../chain/rpc.ts'
import * as Uint from '../codec/uint.ts'
import * as Reserve from '../contracts/reserve.ts'
import { sleep } from '../http/limits.ts'
import type { KeyAccount } from '../keys/accounts.ts'
import { forget } from '../mpp/client/budget.ts'
import type { Entry, Journal } from '../mpp/client/journal.ts'
import { knownEscrows } from '../mpp/client/policy.ts'
import {
  channelsOf,
  contractAt,
  forceClose,
  type Opened,
  type Standing,
  standingOf,
} from '../mpp/client/recover.ts'
import { session } from '../mpp/client/session.ts'
import { defaultRpcUrl } from './chain.ts'
import { money } from './narrator.ts'
import { CliError, messageOf, print } from './output.ts'
import { type PayerOptions, payerAccount, payerOptions } from './payer.ts'
import { plainLine } from './plain.ts'
import { journalIn, stateOption } from './state.ts'

interface Options extends PayerOptions {
  rpcUrl: string
  stateDir: string
  force?: boolean
  wait?: boolean
}

/** A channel of the payer: from the journal, or from the chain alone. */
type Known = Opened & { entry?: Entry }

interface Payer {
  account: KeyAccount
  rpc: Rpc
  chain: ChainClient
  journal: Journal
}

export function registerChannels(program: Command): void {
  const channels = program
    .command('channels')
    .description('the payer’s channels: what they hold, and how to get it back')
  const command = (name: string, description: string) =>
    payerOptions(channels.command(name))
      .description(description)
      .option('--rpc-url <url>', 'chain they are on', defaultRpcUrl)
      .addOption(stateOption())
  command('list', 'those that are not over, in the journal or on chain').action(list)
  command('close', 'ask the payees to close').argument('[id...]', 'which; default all').action(close)
  command('recover', 'ask the payees to close; those that do not are closed on chain, after 15 minutes')
    .argument('[id...]', 'which; default all')
    .option('--force', 'do not ask the payees')
    .option('--wait', 'wait until the deposits can be withdrawn')
    .action(recover)
}

async function payerOf({ rpcUrl, stateDir, ...payer }: Options): Promise<Payer> {
  const rpc = httpRpc(rpcUrl)
  const chain = new ChainClient(rpc)
  await chain.chainId()
  const account = await payerAccount(payer)
  return { account, rpc, chain, journal: await journalIn(stateDir) }
}

/** The payer's channels that are not over. What is over is forgotten by the way. */
async function open({ account, chain, journal }: Payer, ids: readonly string[] = []) {
  const chainId = await chain.chainId()
  const entries = (await journal.list()).filter(
    (entry) => entry.chainId === chainId && entry.descriptor.payer === account.address.toLowerCase(),
  )
  const places = [Reserve.address, ...knownEscrows]
  const opened = await Promise.all(places.map((escrow) => channelsOf(chain, account.address, escrow)))
  const known = new Map<string, Known>(opened.flat().map((channel) => [channel.channelId, channel]))
  for (const entry of entries) known.set(entry.channelId, { ...entry, entry })
  const wanted = ids.map((id) => {
    const found = [...known.keys()].filter((channelId) => channelId.startsWith(id.toLowerCase()))
    if (found.length !== 1) throw new CliError(`${found.length === 0 ? 'no' : 'more than one'} channel ${id}`)
    return found[0]
  })
  const out: { channel: Known; standing: Standing }[] = []
  for (const channel of known.values()) {
    if (wanted.length > 0 && !wanted.includes(channel.channelId)) continue
    const standing = await standingOf(contractAt(chain, channel.escrow), channel.channelId)
    if (standing.state === 'closed') await forget(journal, channel.channelId, standing.paid)
    else out.push({ channel, standing })
  }
  return out
}

async function list(options: Options): Promise<void> {
  const found = await open(await payerOf(options))
  for (const { channel, standing } of found) print(`  ${describe(channel, standing)}`)
  if (found.length === 0) print('  no channel is open')
}

async function close(ids: string[], options: Options): Promise<void> {
  const payer = await payerOf(options)
  const found = await open(payer, ids)
  for (const { channel } of found) {
    const why = await ask(payer, channel)
    if (why !== undefined) {
      print(`  ${channel.channelId}   not closed: ${why}`)
      process.exitCode = 1
    }
  }
  if (found.length === 0) print('  no channel is open')
}

async function recover(ids: string[], options: Options): Promise<void> {
  const payer = await payerOf(options)
  const found = await open(payer, ids)
  for (const { channel, standing } of found) {
    const asked = standing.state === 'open' && options.force !== true
    if (asked && (await ask(payer, channel)) === undefined) continue
    await force(payer, channel, options)
  }
  if (found.length === 0) print('  no channel is open')
}

/** Asks the payee to close; answers why it did not. */
async function ask(
  { account, rpc, journal }: Payer,
  { channelId, entry }: Known,
): Promise<string | undefined> {
  if (entry === undefined) return 'where it was opened is not known'
  const maxDeposit = Uint.toDecimal(entry.deposit)
  const paying = session({ account, chain: rpc, journal, maxDeposit, resume: entry })
  try {
    const closed = await paying.close()
    if (closed === undefined) return 'another process uses it, or it was never opened'
    print(`  ${channelId}   closed: paid ${money(closed.paid)}, refunded ${money(closed.refunded)}`)
    return undefined
  } catch (error) {
    await paying.leave()
    return plainLine(messageOf(error))
  }
}

/** Closes on chain, as far as the time allows. */
async function force(
  { account, rpc, chain, journal }: Payer,
  channel: Known,
  { wait }: Options,
): Promise<void> {
  const { channelId, descriptor, escrow = Reserve.address } = channel
  for (;;) {
    const standing = await forceClose({ account, chain: rpc, descriptor, channelId, escrow })
    if (standing.state === 'closed') await forget(journal, channelId, standing.paid)
    if (standing.state !== 'closing' || standing.ready || wait !== true) {
      if (standing.state === 'closing' && standing.ready) continue
      return print(`  ${describe(channel, standing)}`)
    }
    await sleep(Math.min(standing.readyAt - (await chain.time()), 15) * 1000)
  }
}

function describe({ channelId, entry }: Known, standing: Standing): string {
  const signed = entry === undefined ? '' : ` · ${money(entry.authorized)} signed · ${plainLine(entry.url)}`
  const told = {
    absent: () => 'not on chain, or not yet',
    open: ({ deposit }: { deposit: bigint }) => `open: deposit ${money(deposit)}`,
    closing: ({ deposit, readyAt, ready }: { deposit: bigint; readyAt: number; ready: boolean }) =>
      ready
        ? `closing: deposit ${money(deposit)}, can be withdrawn`
        : `closing: deposit ${money(deposit)}, can be withdrawn from ${new Date(readyAt * 1000).toISOString()}; run recover again then`,
    closed: ({ paid, refunded }: { paid: bigint; refunded: bigint }) =>
      `closed: paid ${money(paid)}, refunded ${money(refunded)}`,
  }
  return `${channelId}   ${told[standing.state](standing as never)}${signed}`
}
