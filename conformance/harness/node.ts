/** The kit's own node between a server and its chain: it remembers what was broadcast, and lies when told to. */
import { FaultyRpc, transactionHash } from '../../src/chain/faults.ts'
import type { RpcRequest } from '../../src/chain/rpc.ts'
import type { Bytes32, Hex } from '../../src/codec/hex.ts'

export interface Broadcast {
  raw: Hex
  hash: Bytes32
}

/**
 * Faults are those of `FaultyRpc`; give each an `of` or a `when`, so that it strikes the scenario's own
 * transactions and no others:
 *
 * ```ts
 * node.failReceipts({ of: (hash) => hash === open.hash, times: 1 })
 * node.error('eth_sendRawTransaction', { of: node.holding(channel.descriptor.salt) })
 * ```
 */
export class Node extends FaultyRpc {
  /** Every transaction the server sent, in order, taken or not. */
  readonly broadcasts: Broadcast[] = []

  override request(request: RpcRequest): Promise<unknown> {
    if (request.method.startsWith('eth_sendRawTransaction')) {
      const [raw] = (request.params ?? []) as unknown[]
      const hash = transactionHash(raw)
      if (hash !== undefined) this.broadcasts.push({ raw: raw as Hex, hash })
    }
    return super.request(request)
  }

  /** What was sent that holds these bytes: an address, a channel id, a salt; after the first so many, if told. */
  sent(bytes: Hex, after = 0): Broadcast[] {
    const text = bytes.slice(2).toLowerCase()
    return this.broadcasts.slice(after).filter(({ raw }) => raw.toLowerCase().includes(text))
  }

  /** Picks transactions that hold these bytes, sent already or about to be. */
  readonly holding =
    (bytes: Hex) =>
    (hash: Bytes32): boolean =>
      this.sent(bytes).some((sent) => sent.hash === hash)
}
