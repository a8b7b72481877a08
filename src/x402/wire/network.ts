/**
 * Names of EVM chains: CAIP-2 in v2 (`eip155:84532`), words in v1 (`base-sepolia`). Chains that v1 has no word for are
 * named as in v2. Sources: x402 specification v1 and v2, "Network Identifiers".
 */
import type { Version } from './fields.ts'

const words: readonly (readonly [name: string, chainId: number])[] = [
  ['base-sepolia', 84_532],
  ['base', 8_453],
  ['avalanche-fuji', 43_113],
  ['avalanche', 43_114],
  ['iotex', 4_689],
  ['sei', 1_329],
  ['sei-testnet', 1_328],
  ['polygon', 137],
  ['polygon-amoy', 80_002],
]
const byName = new Map(words)
const byChain = new Map(words.map(([name, chainId]) => [chainId, name]))

/** What a version calls a chain. */
export const networkOf = (version: Version, chainId: number): string =>
  (version === 1 ? byChain.get(chainId) : undefined) ?? `eip155:${chainId}`

/** The chain a network names, under either version's names; undefined for what is no EVM chain. */
export function chainIdOf(network: string): number | undefined {
  const known = byName.get(network)
  if (known !== undefined) return known
  const digits = /^eip155:([1-9][0-9]{0,15})$/.exec(network)?.[1]
  const chainId = Number(digits)
  return digits !== undefined && Number.isSafeInteger(chainId) ? chainId : undefined
}

/** Whether two names are of one network, under either version's names. */
export const isSameNetwork = (a: string, b: string): boolean =>
  a === b || (chainIdOf(a) !== undefined && chainIdOf(a) === chainIdOf(b))
