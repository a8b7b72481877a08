/**
 * The one way to talk to a chain: `request({ method, params })`, as EIP-1193 has it. The memory chain is one, a
 * node behind a URL is another; viem takes either as a `custom` transport.
 */

/** A call of the node, as EIP-1193 has it. */
export interface RpcRequest {
  method: string
  params?: unknown
}

/** A node, however it is reached: a memory chain, `fetchRpc`, `httpRpc`, a viem client. */
export interface Rpc {
  /** Answers the result or throws `RpcError`. */
  request(request: RpcRequest): Promise<unknown>
}

/** A JSON-RPC error: 3 is a revert, with its bytes in `data`. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  readonly data: string | undefined

  constructor(code: number, message: string, data?: string) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** The node could not be reached, or did not answer JSON-RPC. */
export class RpcUnreachable extends Error {
  override readonly name = 'RpcUnreachable'
  readonly url: string

  constructor(url: string, reason: string, cause?: unknown) {
    super(`no JSON-RPC node at ${url}: ${reason}`, { cause })
    this.url = url
  }
}

export const methodNotFound = -32_601
export const invalidRequest = -32_600
export const invalidParams = -32_602
export const parseError = -32_700
export const executionReverted = 3
/** Anything a node refuses to take: bad nonce, expired, already known. */
export const serverError = -32_000
/** EIP-1474: the transaction was not taken. */
export const transactionRejected = -32_003

/** `0x`-quantity. */
export const quantity = (value: bigint | number): `0x${string}` => `0x${value.toString(16)}`
