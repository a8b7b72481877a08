/** Tempo's eth_call and eth_estimateGas of a list of calls, which Anvil drops, on its eth_simulateV1. */
import type { Address, Hex } from '../../codec/hex.ts'
import * as HexText from '../../codec/hex.ts'
import { keccakText } from '../../codec/keccak.ts'
import { executionReverted, invalidParams, type Rpc, RpcError } from '../rpc.ts'
import { needs } from './storage.ts'

/**
 * Gas beside what the calls use: signature, nonce and fee payer of the transaction around them, and the higher price
 * of storage that a Tempo transaction writes for the first time. Measured at up to 0.3 million; unused gas is free.
 */
export const transactionGas = 400_000n

interface Request {
  from: Address
  calls: { to?: Address; data: Hex }[]
}

/** The calls of an eth_call request: its own, or Tempo's list. Throws `RpcError`. */
export function callRequest(value: unknown): Request {
  const request = object(value)
  const listed = request['calls']
  const list = Array.isArray(listed) && listed.length > 0 ? listed : [request]
  try {
    return {
      from: HexText.address(String(request['from'] ?? HexText.zeroAddress)),
      calls: list.map((entry) => {
        const { to, data, input } = object(entry)
        const call = { data: HexText.normalize(String(data ?? input ?? '0x')) }
        return to === undefined || to === null ? call : { ...call, to: HexText.address(String(to)) }
      }),
    }
  } catch (error) {
    throw new RpcError(invalidParams, `invalid params: ${(error as Error).message}`)
  }
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RpcError(invalidParams, 'expected an object')
  return value as Record<string, unknown>
}

/** Whether Anvil itself would get a request wrong: several calls, or a deposit only the native reserve could pull. */
export const needsSimulation = (request: unknown): boolean => {
  const { from, calls } = callRequest(request)
  return Array.isArray((request as { calls?: unknown }).calls) || needs(from, calls, simulated).length > 0
}

/** Stands for the hash of a transaction there is not yet. */
const simulated = keccakText('simulation')

/** Runs calls in order without keeping anything. Throws `RpcError` 3 for a revert. */
export async function simulate(
  anvil: Rpc,
  request: unknown,
  block: unknown,
): Promise<{ returnData: Hex; gasUsed: bigint }> {
  const { from, calls } = callRequest(request)
  const stateOverrides: Record<Address, { stateDiff: Record<Hex, Hex> }> = {}
  for (const { account, slot, value } of needs(from, calls, simulated)) {
    stateOverrides[account] ??= { stateDiff: {} }
    stateOverrides[account].stateDiff[slot] = value
  }
  const blockStateCalls = [{ stateOverrides, calls: calls.map((call) => ({ from, ...call })) }]
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
