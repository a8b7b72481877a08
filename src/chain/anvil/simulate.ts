/** Tempo's eth_call and eth_estimateGas of a list of calls, which Anvil drops, on its eth_simulateV1. */

import { DecodeError } from '../../codec/decode-error.ts'
import type { Address, Hex } from '../../codec/hex.ts'
import { keccakText } from '../../keys/keccak.ts'
import { callRequest } from '../memory/params.ts'
import { executionReverted, invalidParams, type Rpc, RpcError } from '../rpc.ts'
import { needs } from './storage.ts'

/**
 * Gas beside what the calls use: signature, nonce and fee payer of the transaction around them, and the higher price
 * of storage that a Tempo transaction writes for the first time. Measured at up to 0.3 million; unused gas is free.
 */
export const transactionGas = 400_000n

/** Whether Anvil itself would get a request wrong: several calls, or a deposit only the native reserve could pull. */
export const needsSimulation = (request: unknown): boolean => {
  const { sender: from, calls } = parsed(request)
  return Array.isArray((request as { calls?: unknown }).calls) || needs(from, calls, simulated).length > 0
}

/** A request's sender and calls. Throws `RpcError`. */
function parsed(request: unknown): ReturnType<typeof callRequest> {
  try {
    return callRequest(request)
  } catch (error) {
    if (error instanceof DecodeError) throw new RpcError(invalidParams, `invalid params: ${error.message}`)
    throw error
  }
}

/** Stands for the hash of a transaction there is not yet. */
const simulated = keccakText('simulation')

/** Runs calls in order without keeping anything. Throws `RpcError` 3 for a revert. */
export async function simulate(
  anvil: Rpc,
  request: unknown,
  block: unknown,
): Promise<{ returnData: Hex; gasUsed: bigint }> {
  const { sender: from, calls } = parsed(request)
  const stateOverrides: Record<Address, { stateDiff: Record<Hex, Hex> }> = {}
  for (const { account, slot, value } of needs(from, calls, simulated)) {
    stateOverrides[account] ??= { stateDiff: {} }
    stateOverrides[account].stateDiff[slot] = value
  }
  const blockOverrides = await timeOf(anvil, block)
  const blockStateCalls = [
    { blockOverrides, stateOverrides, calls: calls.map((call) => ({ from, ...call })) },
  ]
  const [simulatedBlock] = (await anvil.request({
    method: 'eth_simulateV1',
    params: [{ blockStateCalls, validation: false }, block ?? 'latest'],
  })) as [{ calls: { status: Hex; gasUsed: Hex; returnData: Hex; error?: { message?: string } }[] }]
  for (const { status, returnData, error } of simulatedBlock.calls)
    if (status !== '0x1')
      throw new RpcError(executionReverted, error?.message ?? 'execution reverted', returnData)
  return {
    returnData: simulatedBlock.calls.at(-1)?.returnData ?? '0x',
    gasUsed: simulatedBlock.calls.reduce((sum, call) => sum + BigInt(call.gasUsed), 0n),
  }
}

/** Calls on top of the last block run in the next one, so at its time: Anvil takes that of the last one, on a new chain 1. */
async function timeOf(anvil: Rpc, block: unknown): Promise<{ time?: Hex }> {
  if (block !== undefined && block !== 'latest' && block !== 'pending') return {}
  const next = await anvil.request({ method: 'eth_getBlockByNumber', params: ['pending', false] })
  return { time: (next as { timestamp: Hex }).timestamp }
}
