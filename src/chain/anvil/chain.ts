/**
 * Anvil as the chain: the process, our contracts in it, money for the development accounts, and the proxy that makes it
 * a Tempo node. For tests on real EVM code and on forks; the memory chain is the faster one.
 */

import type { Address } from '../../codec/hex.ts'
import * as Escrow from '../../contracts/escrow.ts'
import * as Reserve from '../../contracts/reserve.ts'
import { pathUsd } from '../../contracts/token.ts'
import { abi as tokenAbi } from '../../contracts/token-abi.ts'
import { usdc } from '../../contracts/transfer-authorization.ts'
import { devAccounts } from '../../keys/accounts.ts'
import { httpRpc } from '../http-rpc.ts'
import type { Rpc } from '../rpc.ts'
import { artifacts } from '../solidity/artifacts.generated.ts'
import { spawnAnvil } from './process.ts'
import { tempoProxy } from './proxy.ts'
import { balance, store, supply } from './storage.ts'

export interface AnvilOptions {
  /** Default 42431, or that of the forked chain. */
  chainId?: number
  /** The JSON-RPC URL of a chain to start from. It is read lazily: keep it running. */
  forkUrl?: string
}

export interface AnvilChain extends AsyncDisposable {
  /** The Tempo node. */
  rpc: Rpc
  /** Anvil itself, without the proxy. */
  anvil: Rpc
  anvilUrl: string
  chainId: number
  close(): Promise<void>
}

/** As on the memory chain. */
const baseFeePerGas = 20_000_000_000n
const escrows = [Escrow.address, Escrow.draftAddress]
/** What every development account holds at least: a million tokens. */
const funds = 1_000_000_000_000n

/** Starts Anvil. Throws `AnvilUnavailable` when there is none, or it does not start. */
export async function startAnvil(options: AnvilOptions = {}): Promise<AnvilChain> {
  const { chainId, forkUrl } = options
  const node = await spawnAnvil([
    // The newest hardfork it knows; its default is the oldest, and "latest" is refused.
    ...['--network', 'tempo', '--hardfork', 'T4'],
    // Without it gigabytes of old states go to disk.
    ...['--prune-history', '64'],
    ...['--block-base-fee-per-gas', String(baseFeePerGas)],
    ...(forkUrl === undefined ? [] : ['--fork-url', forkUrl, '--no-storage-caching']),
    ...(chainId === undefined && forkUrl !== undefined ? [] : ['--chain-id', String(chainId ?? 42_431)]),
  ])
  try {
    const anvil = httpRpc(node.url, { timeoutMs: 30_000 })
    await install(anvil, Reserve.address, artifacts.reserve.code)
    for (const escrow of escrows) await install(anvil, escrow, artifacts.escrow.code)
    for (const { address } of devAccounts) await fund(anvil, address)
    await issue(anvil, usdc.address)
    const rpc = await tempoProxy(anvil, { baseFeePerGas, contracts: [Reserve.address, ...escrows] })
    return {
      rpc,
      anvil,
      anvilUrl: node.url,
      chainId: Number(await anvil.request({ method: 'eth_chainId' })),
      close: node.stop,
      [Symbol.asyncDispose]: node.stop,
    }
  } catch (error) {
    await node.stop()
    throw error
  }
}

const install = (anvil: Rpc, address: Address, code: string) =>
  anvil.request({ method: 'anvil_setCode', params: [address, code] })

/** Development accounts are rich on a new Anvil, and hold nothing on a fork of a public network. */
async function fund(anvil: Rpc, holder: Address): Promise<void> {
  const call = { to: pathUsd, data: tokenAbi.encodeCall('balanceOf', { account: holder }) }
  const held = await anvil.request({ method: 'eth_call', params: [call, 'latest'] })
  if (BigInt(held as string) < funds) await store(anvil, balance(pathUsd, holder, funds))
}

/** Puts our EIP-3009 token at an address, in the hands of the development accounts; one that a fork brings stays. */
async function issue(anvil: Rpc, token: Address): Promise<void> {
  if ((await anvil.request({ method: 'eth_getCode', params: [token, 'latest'] })) !== '0x') return
  await install(anvil, token, artifacts.authorizedToken.code)
  for (const { address } of devAccounts) await store(anvil, balance(token, address, funds))
  await store(anvil, supply(token, funds * BigInt(devAccounts.length)))
}
