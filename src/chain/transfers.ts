/** TIP-20 transfers in a transaction: those its calls will make, and those its logs say were made. */

import { DecodeError } from '../codec/decode-error.ts'
import type { Address, Bytes32, Hex } from '../codec/hex.ts'
import type { Log } from '../contracts/abi.ts'
import { abi } from '../contracts/token-abi.ts'
import type { Transfer } from '../contracts/transfer.ts'
import type { Call } from './transaction.ts'

/** A transfer to the call that makes it. */
export const encodeTransfer = (
  token: Address,
  { to, amount, memo }: Transfer,
): { to: Address; data: Hex } => ({
  to: token,
  data:
    memo === undefined
      ? abi.encodeCall('transfer', { to, amount })
      : abi.encodeCall('transferWithMemo', { to, amount, memo }),
})

/** The transfer a call makes of a token; undefined when it is any other call. */
export function callTransfer(token: Address, call: Call): Transfer | undefined {
  if (call.to !== token || call.value !== 0n) return undefined
  try {
    const { name, args } = abi.decodeCall(call.data)
    return name === 'transfer' || name === 'transferWithMemo' ? transferFrom(args) : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/**
 * The transfers of a token that logs tell of, with who sent them. A transferWithMemo logs a plain Transfer as well:
 * the two are one transfer.
 */
export function loggedTransfers(token: Address, logs: readonly Log[]): (Transfer & { from: Address })[] {
  const found = logs.flatMap((log) => {
    const event = log.address.toLowerCase() === token ? abi.decodeLog(log) : undefined
    return event === undefined
      ? []
      : [{ ...event, transfer: { ...transferFrom(event.args), from: event.args['from'] as Address } }]
  })
  const noted = found.filter(({ name }) => name === 'TransferWithMemo').map(({ transfer }) => transfer)
  const plain = found.filter(({ name }) => name === 'Transfer').map(({ transfer }) => transfer)
  for (const { to, from, amount } of noted) {
    const twin = plain.findIndex((other) => other.to === to && other.from === from && other.amount === amount)
    if (twin >= 0) plain.splice(twin, 1)
  }
  return [...noted, ...plain]
}

function transferFrom(args: Record<string, unknown>): Transfer {
  const { to, amount, memo } = args as { to: Address; amount: bigint; memo?: Bytes32 }
  return { to, amount, ...(memo === undefined ? {} : { memo }) }
}
