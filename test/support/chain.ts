/** A memory chain with a clock of its own, a payer, a payee, and v2 channels on it. */
import { ChainClient } from '../../src/chain/client.ts'
import { MemoryChain, type MemoryChainOptions } from '../../src/chain/memory/chain.ts'
import type { Descriptor } from '../../src/contracts/descriptor.ts'
import * as Reserve from '../../src/contracts/reserve.ts'
import { encodeCall } from '../../src/contracts/reserve-abi.ts'
import { fastestCurve } from '../../src/keys/native-curve.ts'
import { payee, payer } from './kit.ts'
import { address, bytes32, token } from './samples.ts'

/** Wall clock of these chains, in seconds. */
export const wall = 1_800_000_000

export function testChain(options: MemoryChainOptions = {}) {
  const clock = { now: wall * 1000 }
  const chain = new MemoryChain({
    funded: [payee.address, payer.address],
    clock: () => clock.now,
    recoverKey: fastestCurve,
    ...options,
  })
  return { chain, clock, client: new ChainClient(chain, { clock: () => clock.now, receiptTimeoutMs: 20 }) }
}

const parts = {
  payee: payee.address,
  operator: address('00'),
  token,
  salt: bytes32('aa'),
  authorizedSigner: address('00'),
}

/** Signs the opening of a channel, and answers it with the channel's descriptor. */
export async function signedOpen(client: ChainClient, deposit = 10_000n) {
  const call: Reserve.Call = { type: 'open', deposit, ...parts }
  const signed = await client.sign(payer, [{ to: Reserve.address, data: encodeCall(call) }])
  const descriptor: Descriptor = {
    ...parts,
    payer: payer.address,
    expiringNonceHash: signed.expiringNonceHash,
  }
  const context = { chainId: await client.chainId() } as Reserve.Context
  const channelId = Reserve.channelId({ type: 'withdraw', descriptor }, context)
  return { raw: signed.raw, descriptor, channelId }
}
