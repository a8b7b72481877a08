/** The chain a run happens on: the kit's own in memory, or a node behind a URL, and money for its payers. */

import { randomBytes } from 'node:crypto'
import { ChainClient } from '../../src/chain/client.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { MemoryChain } from '../../src/chain/memory/chain.ts'
import { type Rpc, RpcError, RpcUnreachable } from '../../src/chain/rpc.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import type { Address } from '../../src/codec/hex.ts'
import { isTip20 } from '../../src/contracts/token.ts'
import { abi as tokenAbi } from '../../src/contracts/token-abi.ts'
import { accountFromKey, devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { keccakText } from '../../src/keys/keccak.ts'
import { fastestCurve } from '../../src/keys/native-curve.ts'
import { SetupError } from '../kit/verdict.ts'
import { LoanBook } from './loan-book.ts'
import { Loans } from './loans.ts'
import { Node } from './node.ts'

export interface Environment {
  rpc: Rpc
  /** The URL of the chain. */
  rpcUrl: string
  /** The node that servers started by the kit are given, and where they reach it. */
  node: Node
  nodeUrl: string
  chain: ChainClient
  chainId: number
  /** The chain itself, when it is the kit's own. */
  memory: MemoryChain | undefined
  /** Gives money to a payer, in base units; `escrow` is the contract in which it may open channels. */
  fund(payer: KeyAccount, token: Address, amount: bigint, escrow?: Address): Promise<void>
  /**
   * What the keys of payers derive from: the seed of the run where the chain is the kit's own and ends with it. Elsewhere
   * money is worth something, and the seed is printed: a secret of this run, which nobody is told, is added.
   */
  keysFrom(seed: string): string
  /** The file that has the keys of payers on a foreign chain until their money is back; undefined where none is kept. */
  keysIn: string | undefined
  /** Sends back what payers were given on a foreign chain; a sentence for each account whose money stays there. */
  giveBack(): Promise<string[]>
  /** Throws `SetupError` unless the funding account holds this much, in base units. */
  canFund(token: Address, amount: bigint): Promise<void>
  close(): Promise<void>
}

/** A chain in memory, reachable in this process and over HTTP. `chainId`: default that of `MemoryChain`. */
export async function ownChain(chainId?: number): Promise<Environment> {
  const memory = new MemoryChain({
    funded: devAccounts.map(({ address }) => address),
    recoverKey: fastestCurve,
    ...(chainId === undefined ? {} : { chainId }),
  })
  const server = await serveRpc(memory)
  const node = new Node(memory)
  const nodeServer = await serveRpc(node)
  return {
    rpc: memory,
    rpcUrl: server.url,
    node,
    nodeUrl: nodeServer.url,
    // The memory chain mines at once, so a receipt that is missing now will stay missing.
    chain: new ChainClient(memory, { receiptTimeoutMs: 500 }),
    chainId: memory.chainId,
    memory,
    canFund: async () => undefined,
    fund: async ({ address }, token, amount) =>
      memory.fund(address, memory.balance(address, token) + amount, token),
    keysFrom: (seed) => seed,
    keysIn: undefined,
    giveBack: async () => [],
    close: async () => {
      await Promise.all([server.close(), nodeServer.close()])
    },
  }
}

/** The payer of payers on a foreign chain unless `--private-key` names another: the third development account. */
const defaultFunder = devAccounts[2] as KeyAccount

/**
 * A node behind a URL. `folder`: where the keys of payers are kept until their money is back; default nowhere. Rejects
 * with `SetupError` when it cannot be reached or does not answer a chain id.
 */
export async function foreignChain(
  rpcUrl: string,
  privateKey?: string,
  folder?: string,
): Promise<Environment> {
  const rpc = httpRpc(rpcUrl)
  const chain = new ChainClient(rpc)
  const funder = privateKey === undefined ? defaultFunder : accountFromKey(privateKey)
  const chainId = await reachable(() => chain.chainId())
  if (!Number.isSafeInteger(chainId)) throw new SetupError(`${rpcUrl} does not answer a chain id`)
  const node = new Node(rpc)
  const nodeServer = await serveRpc(node)
  const fromBlock = await reachable(() => chain.blockNumber())
  const lender = funder.address
  const begun = new Date().toISOString()
  const head = { pid: process.pid, rpcUrl, chainId, lender, fromBlock, begun }
  const book = folder === undefined ? undefined : new LoanBook(folder, head)
  const loans = new Loans({ chain, lender, sponsor: funder, fromBlock, book })
  const secret = randomBytes(32).toString('hex')
  return {
    rpc,
    rpcUrl,
    node,
    nodeUrl: nodeServer.url,
    chain,
    chainId,
    memory: undefined,
    canFund: (token, amount) => reachable(() => requireBalance(chain, funder, token, amount)),
    fund: (account, token, amount, escrow) =>
      loans.lend({ account, token, escrow }, () =>
        reachable(() => transfer(chain, funder, account.address, token, amount)),
      ),
    keysFrom: (seed) => keccakText(`${secret} ${seed}`),
    keysIn: book?.file,
    giveBack: () => loans.giveBack(),
    close: nodeServer.close,
  }
}

async function requireBalance(
  chain: ChainClient,
  from: KeyAccount,
  token: Address,
  amount: bigint,
): Promise<void> {
  const balance = await chain.balance(token, from.address)
  if (balance < amount)
    throw new SetupError(
      `account ${from.address} holds ${balance} of ${token}, ${amount} are needed to fund the payers`,
    )
}

async function transfer(
  chain: ChainClient,
  from: KeyAccount,
  to: Address,
  token: Address,
  amount: bigint,
): Promise<void> {
  await requireBalance(chain, from, token, amount)
  const data = tokenAbi.encodeCall('transfer', { to, amount })
  // Other tokens pay no fees.
  const { raw } = await chain.sign(from, [{ to: token, data }], isTip20(token) ? { feeToken: token } : {})
  const receipt = await chain.broadcast(raw)
  if (!receipt.success) throw new SetupError(`the transfer that funds a payer failed: ${receipt.hash}`)
}

async function reachable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof RpcUnreachable) throw new SetupError(error.message)
    if (error instanceof RpcError) throw new SetupError(`the chain refuses: ${error.message}`)
    throw error
  }
}
