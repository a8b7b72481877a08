/** `loans`: what runs on chains that are not the kit's lent to their payers, and how what did not come back is recovered. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { ChainClient } from '../../src/chain/client.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { account, keyOption } from '../../src/cli/options.ts'
import { print } from '../../src/cli/output.ts'
import { stateOption } from '../../src/cli/state.ts'
import { sleep } from '../../src/http/limits.ts'
import { devAccounts } from '../../src/keys/accounts.ts'
import { leftChannels } from '../harness/left-channels.ts'
import { booksIn, lives, type ReadBook } from '../harness/loan-book.ts'
import { emptied } from '../harness/loans.ts'
import { SetupError } from '../kit/verdict.ts'

/** The folder of the books, in the folder of a user's state. */
export const loansIn = (stateDir: string): string => join(stateDir, 'loans')

interface Options {
  stateDir: string
  rpcUrl?: string
  privateKey?: string
  force?: true
  wait?: true
}

export function registerLoans(program: Command): void {
  const loans = program
    .command('loans')
    .description('money that runs on a chain of others lent to their payers and did not get back')
  const command = (name: string, description: string) =>
    loans.command(name).description(description).addOption(stateOption())
  command('list', 'the runs, and where the keys of their payers are').action(list)
  command('recover', 'close the channels of the payers, after 15 minutes, and send their money back')
    .option('--rpc-url <url>', 'the chain (default: the node that the run used)')
    .addOption(keyOption('account that lent; it pays the fees of tokens that pay none', 'FUNDER_PRIVATE_KEY'))
    .option('--force', 'also for runs that seem to be under way')
    .option('--wait', 'wait until the deposits can be withdrawn')
    .action(recover)
}

async function list({ stateDir }: Options): Promise<void> {
  const books = await booksIn(loansIn(stateDir))
  for (const book of books) print(`  ${describe(book)}${lives(book) ? '   under way' : ''}`)
  if (books.length === 0) print('  nothing is lent')
}

const describe = ({ file, head: { begun, chainId }, loans }: ReadBook): string =>
  `${begun}   chain ${chainId}   ${new Set(loans.map(({ account }) => account.address)).size} accounts   ${file}`

async function recover(options: Options): Promise<void> {
  const books = await booksIn(loansIn(options.stateDir))
  if (books.length === 0) print('  nothing is lent')
  for (const book of books) {
    print(`  ${describe(book)}`)
    const left =
      lives(book) && !options.force
        ? [`the run of process ${book.head.pid} is under way`]
        : await recovered(book, options)
    for (const line of left) print(`    ${line}`)
    if (left.length > 0) process.exitCode = 1
    else {
      await rm(book.file, { force: true })
      print(`    everything is back at ${book.head.lender}`)
    }
  }
}

/** Recovers what it can; answers what stays behind, a sentence for each account and channel. */
async function recovered(
  { head, loans }: ReadBook,
  { rpcUrl = head.rpcUrl, wait, privateKey }: Options,
): Promise<string[]> {
  const chain = new ChainClient(httpRpc(rpcUrl))
  const chainId = await chain.chainId()
  if (chainId !== head.chainId)
    throw new SetupError(`it was lent on chain ${head.chainId}; the node at ${rpcUrl} is chain ${chainId}`)
  const { lender, fromBlock } = head
  const named = privateKey === undefined ? devAccounts : [account(privateKey)]
  const sponsor = named.find(({ address }) => address.toLowerCase() === lender.toLowerCase())
  const at = { chain, lender, sponsor, fromBlock }
  for (;;) {
    const { channels, said } = await leftChannels(at, loans)
    const open: { payer: (typeof channels)[number]['payer']; says: string; readyAt?: number }[] = []
    for (const { payer, says, recover } of channels) {
      const { over, readyAt, why } = await recover()
      if (over) continue
      const more =
        readyAt === undefined
          ? (why ?? 'its close was not taken')
          : `it can be withdrawn from ${moment(readyAt)} on`
      open.push({ payer, says: `${says}: ${more}`, ...(readyAt === undefined ? {} : { readyAt }) })
    }
    const left = [...said, ...open.map(({ says }) => says), ...(await emptied(at, loans, open))]
    const next = Math.min(...open.map(({ readyAt = Number.POSITIVE_INFINITY }) => readyAt))
    if (!wait || !Number.isFinite(next)) return left
    print(`    waiting until ${moment(next)}`)
    // The chain's time counts, which need not be ours.
    for (let now = await chain.time(); now < next; now = await chain.time())
      await sleep(Math.min(next - now, mostSeconds) * 1_000)
  }
}

/** Longest wait until the chain's time is read again. */
const mostSeconds = 15

const moment = (seconds: number): string => new Date(seconds * 1000).toISOString()
