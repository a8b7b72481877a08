/**
 * What a node answers, read strictly. An answer that cannot be one is the node's error and not the asker's: a node
 * that is out of step, or is none, answers `0x` or null where there should be a number or a contract's bytes.
 */
import { DecodeError } from '../codec/decode-error.ts'
import type { Hex } from '../codec/hex.ts'
import { RpcError, serverError } from './rpc.ts'

/** A number. Throws `RpcError`. */
export function quantityOf(answer: unknown, method: string): bigint {
  if (typeof answer !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(answer)) throw useless(method)
  return BigInt(answer)
}

/** A chain's id: from 1 to what a number holds exactly. Throws `RpcError`. */
export function chainIdOf(answer: unknown): number {
  const id = Number(quantityOf(answer, 'eth_chainId'))
  if (!Number.isSafeInteger(id) || id === 0) throw useless('eth_chainId')
  return id
}

/** One byte at least: a contract that is there answers something. Throws `RpcError`. */
export function bytesOf(answer: unknown, method: string): Hex {
  if (typeof answer !== 'string' || !/^0x(?:[0-9a-fA-F]{2})+$/.test(answer)) throw useless(method)
  return answer as Hex
}

/** A list. Throws `RpcError`. */
export function listOf(answer: unknown, method: string): unknown[] {
  if (!Array.isArray(answer)) throw useless(method)
  return answer
}

/** What `read` makes of an answer. Throws `RpcError` when it does not decode, or lacks what is read. */
export function readFrom<T>(method: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof DecodeError || error instanceof TypeError || error instanceof SyntaxError)
      throw useless(method)
    throw error
  }
}

const useless = (method: string): RpcError =>
  new RpcError(serverError, `the node's answer to ${method} is none`)
