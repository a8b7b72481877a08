/**
 * Methods that drive a memory chain rather than use it: time, blocks, snapshots, waiting transactions, reorgs,
 * money. Named as Anvil and Hardhat name theirs, so that the test clients of SDKs work; what Anvil answers is
 * answered, except that `evm_increaseTime` mines at once and answers the new timestamp.
 */
import { pathUsd } from '../../contracts/token.ts'
import { quantity } from '../rpc.ts'
import type { MemoryChain } from './chain.ts'
import { address, amount, boolean, bytes32, integer } from './params.ts'

type Method = (chain: MemoryChain, params: readonly unknown[]) => unknown

/** Most blocks one request mines, and furthest one moves time, in seconds. */
const maxBlocks = 10_000
const maxStep = 10_000_000_000

/** What the faucet gives of each token, in base units. */
const faucetAmount = 1_000_000_000_000n

const increaseTime: Method = (chain, [seconds]) => {
  chain.increaseTime(integer(seconds, maxStep))
  return quantity(chain.head.timestamp)
}
const setTime: Method = (chain, [timestamp]) => {
  chain.setTime(integer(timestamp, maxStep))
  return quantity(0)
}
const setNextBlockTimestamp: Method = (chain, [timestamp]) => {
  chain.setNextBlockTime(integer(timestamp, maxStep))
  return null
}
const snapshot: Method = (chain) => quantity(chain.snapshot())
const revert: Method = (chain, [id]) => chain.revert(integer(id))
const setAutomine: Method = (chain, [on]) => {
  if (boolean(on)) chain.release()
  else chain.hold()
  return null
}

/** Takes no parameter, a timestamp, or `{ timestamp, blocks }`. */
const evmMine: Method = (chain, [options]) => {
  const asked = typeof options === 'object' && options !== null ? (options as Record<string, unknown>) : {}
  const timestamp = asked['timestamp'] ?? (typeof options === 'object' ? undefined : options)
  if (timestamp !== undefined && timestamp !== null) chain.setNextBlockTime(integer(timestamp, maxStep))
  mineBlocks(chain, integer(asked['blocks'] ?? 1, maxBlocks))
  return quantity(chain.head.number)
}

/** Takes how many blocks, and the seconds between them. */
const mine: Method = (chain, [blocks, interval]) => {
  mineBlocks(chain, integer(blocks ?? 1, maxBlocks), integer(interval ?? 0, maxStep))
  return null
}

/** Waiting transactions are mined first, one to a block. */
function mineBlocks(chain: MemoryChain, count: number, interval = 0): void {
  const start = chain.head.number
  chain.mineHeld()
  while (chain.head.number < start + count) {
    if (interval > 0) chain.setNextBlockTime(chain.head.timestamp + interval)
    chain.mine()
  }
}

const both = (name: string, method: Method): Record<string, Method> => ({
  [`evm_${name}`]: method,
  [`anvil_${name}`]: method,
})

export const controlMethods: Record<string, Method> = {
  ...both('increaseTime', increaseTime),
  ...both('setTime', setTime),
  ...both('setNextBlockTimestamp', setNextBlockTimestamp),
  ...both('snapshot', snapshot),
  ...both('revert', revert),
  ...both('setAutomine', setAutomine),
  evm_mine: evmMine,
  anvil_mine: mine,
  hardhat_mine: mine,
  anvil_getAutomine: (chain) => !chain.holding,
  anvil_dropTransaction: (chain, [hash]) => {
    const wanted = bytes32(hash)
    return chain.drop(wanted) ? wanted : null
  },
  anvil_dropAllTransactions: (chain) => {
    for (const { hash } of chain.held) chain.drop(hash)
    return null
  },
  /** Takes how many blocks; their transactions vanish. Transactions to put in their place are not taken. */
  anvil_reorg: (chain, [depth]) => {
    chain.reorg(integer(depth, maxBlocks))
    return null
  },
  /** Sets a token balance: account, token, base units. */
  anvil_dealERC20: (chain, [account, token, balance]) => {
    chain.fund(address(account), amount(balance), address(token ?? pathUsd))
    return null
  },
  /**
   * The faucet of Tempo's test network: a million of every token, on top of what is there. Takes the account; answers the
   * hashes of the transactions that pay, here none, since the money is there at once.
   */
  tempo_fundAddress: (chain, [account]) => {
    const to = address(account)
    for (const token of [pathUsd, ...chain.tokens.keys()])
      chain.fund(to, chain.balance(to, token) + faucetAmount, token)
    return []
  },
}
