/** `account`: the payer's accounts, made, funded and listed. No key is ever printed. */
import type { Command } from 'commander'
import { ChainClient } from '../chain/client.ts'
import { httpRpc } from '../chain/http-rpc.ts'
import { methodNotFound, RpcError } from '../chain/rpc.ts'
import { pathUsd } from '../contracts/token.ts'
import type { KeyAccount } from '../keys/accounts.ts'
import { defaultRpcUrl } from './chain.ts'
import { accountNames, createAccount, defaultName, fileOf, readAccount } from './key-files.ts'
import { money } from './narrator.ts'
import { CliError, print } from './output.ts'
import { accountsOption } from './payer.ts'
import { plainLine } from './plain.ts'

interface Options {
  accountsDir: string
  rpcUrl: string
}

export function registerAccount(program: Command): void {
  const account = program.command('account').description('the payer’s accounts: make, fund and list them')
  const command = (name: string, description: string) =>
    account.command(name).description(description).addOption(accountsOption())
  command('create', 'make an account with a random key, in a file that you alone can read')
    .argument('[name]', 'how it is called; pay uses the default one', defaultName)
    .action(create)
  command('fund', 'ask the chain’s faucet for tokens')
    .argument('[name]', 'which', defaultName)
    .option('--rpc-url <url>', 'chain with a faucet', defaultRpcUrl)
    .action(fund)
  command('list', 'names and addresses').action(list)
}

async function create(name: string, { accountsDir }: Options): Promise<void> {
  const { address } = await createAccount(accountsDir, name)
  print(`  ${name}   ${address}   ${fileOf(accountsDir, name)}`)
}

async function fund(name: string, { accountsDir, rpcUrl }: Options): Promise<void> {
  const kept = await readAccount(accountsDir, name)
  if (kept === undefined)
    throw new CliError(`there is no account ${name}; make it with: account create ${name}`)
  const chain = new ChainClient(httpRpc(rpcUrl))
  await chain.chainId()
  await askFaucet(chain, kept, rpcUrl)
  const balance = await chain.balance(pathUsd, kept.address)
  print(`  ${name}   ${kept.address}   ${money(balance)} pathUSD on this chain`)
}

/** Asks as Tempo's test network is asked; it pays by transactions, which it names. */
async function askFaucet(chain: ChainClient, { address }: KeyAccount, rpcUrl: string): Promise<void> {
  try {
    const hashes = await chain.rpc.request({ method: 'tempo_fundAddress', params: [address] })
    for (const hash of Array.isArray(hashes) ? hashes : []) await chain.receipt(hash)
  } catch (error) {
    if (!(error instanceof RpcError && error.code === methodNotFound)) throw error
    throw new CliError(`the node at ${rpcUrl} has no faucet; send pathUSD to ${address}`)
  }
}

async function list({ accountsDir }: Options): Promise<void> {
  const names = await accountNames(accountsDir)
  for (const name of names) print(`  ${plainLine(name)}   ${await describe(accountsDir, name)}`)
  if (names.length === 0) print('  there is no account; make one with: account create')
}

/** An address; of a file that is not used, why. */
async function describe(folder: string, name: string): Promise<string> {
  try {
    return (await readAccount(folder, name))?.address ?? 'gone'
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    process.exitCode = 1
    return error.message
  }
}
