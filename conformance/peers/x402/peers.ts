/** The peers of a server that the kit starts: the facilitator that settles for it and the model that answers for it. */

import { usdc } from '../../../src/contracts/transfer-authorization.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import type { Environment } from '../../harness/environment.ts'
import { Facilitator } from './facilitator.ts'
import { Upstream } from './upstream.ts'

/** The chain x402 is mostly tried on, Base Sepolia: v1 packages know few others. */
export const chainId = 84_532

/** Who servers that the kit starts are paid. */
export const payee = devAccounts[0] as KeyAccount

export interface Peers {
  facilitator: Facilitator
  upstream: Upstream
}

const started = new WeakMap<Environment, Promise<Peers>>()

/** Those of a chain; they are started when they are asked for first, and end with the chain. */
export function peersOn(environment: Environment): Promise<Peers> {
  const before = started.get(environment)
  if (before !== undefined) return before
  const peers = start(environment)
  started.set(environment, peers)
  return peers
}

/** Those that were started; undefined for a server that the kit did not start. */
export const peersOf = (environment: Environment): Promise<Peers> | undefined => started.get(environment)

async function start(environment: Environment): Promise<Peers> {
  const [facilitator, upstream] = await Promise.all([Facilitator.start(environment.chain), Upstream.start()])
  const { close } = environment
  environment.close = async () => {
    await Promise.all([facilitator.close(), upstream.close()])
    await close()
  }
  return { facilitator, upstream }
}

/** What every target is told that is started. */
export const environment: Readonly<Record<string, string>> = {
  CHAIN_ID: String(chainId),
  PAY_TO: payee.address,
  ASSET: usdc.address,
  ASSET_NAME: usdc.name,
  ASSET_VERSION: usdc.version,
}

/** What a server is told of the peers. */
export async function tell(environment: Environment): Promise<Readonly<Record<string, string>>> {
  const { facilitator, upstream } = await peersOn(environment)
  return { FACILITATOR_URL: facilitator.url, UPSTREAM_URL: upstream.url }
}
