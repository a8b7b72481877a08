/** `eth_getLogs`: the logs of a range of blocks, or of one, that match addresses and topics. */
import type { Log } from '../../contracts/abi.ts'
import { invalidParams, RpcError } from '../rpc.ts'
import type { MemoryChain } from './chain.ts'
import { logsJson } from './format.ts'
import { address, blockNumber, bytes32, list } from './params.ts'

/** Throws `RpcError` for a filter that is none, or a block that is not there. */
export function findLogs(chain: MemoryChain, filter: Record<string, unknown>): unknown[] {
  const { from, to } = range(chain, filter)
  const addresses = [filter['address'] ?? []].flat().map(address)
  const topics = list(filter['topics']).map((topic) =>
    topic === null || topic === undefined ? undefined : [topic].flat().map(bytes32),
  )
  const matches = (log: Log) =>
    (addresses.length === 0 || addresses.includes(log.address)) &&
    topics.every((any, i) => any === undefined || any.includes(log.topics[i] ?? '0x'))
  const out: unknown[] = []
  for (let number = from; number <= to; number++)
    for (const hash of chain.block(number)?.transactions ?? []) {
      const mined = chain.mined(hash)
      // Formatted only where something matches: a chain has many logs, a question few.
      if (mined?.logs.some(matches))
        out.push(...logsJson(mined).filter((_, i) => matches(mined.logs[i] as Log)))
    }
  return out
}

function range(chain: MemoryChain, filter: Record<string, unknown>): { from: number; to: number } {
  const { head, firstBlock } = chain
  if (filter['blockHash'] !== undefined) {
    const only = chain.blockByHash(bytes32(filter['blockHash']))
    if (only === undefined) throw new RpcError(invalidParams, 'unknown block')
    return { from: only.number, to: only.number }
  }
  const from = blockNumber(head.number, firstBlock, filter['fromBlock'])
  const to = blockNumber(head.number, firstBlock, filter['toBlock'])
  return { from: Math.max(from, firstBlock), to: Math.min(to, head.number) }
}
