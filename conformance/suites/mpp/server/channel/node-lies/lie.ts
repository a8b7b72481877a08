/** How the kit's node lies to a server about a transaction. */

import type { Bytes32 } from '../../../../../../src/codec/hex.ts'
import * as Reserve from '../../../../../../src/contracts/reserve.ts'
import { keccakText } from '../../../../../../src/keys/keccak.ts'
import type { Node } from '../../../../../harness/node.ts'
import type { ChannelUnderTest } from '../../../../../peers/mpp/payer/channel.ts'
import { stranger } from '../../strangers.ts'

/** Sets lies about the transactions that `of` picks; answers what ends each. */
export type Spoil = (node: Node, of: (hash: Bytes32) => boolean) => (() => void)[]

/** The methods that send a transaction. */
export const sending = ['eth_sendRawTransaction', 'eth_sendRawTransactionSync'] as const

/** Logs of the reserve that are about another channel. */
const ofAnotherChannel: Spoil = (node, of) =>
  ['eth_getTransactionReceipt', 'eth_sendRawTransactionSync'].map((method) =>
    node.answer(method, (answer) => aboutAnother(answer), { of }),
  )

function aboutAnother(receipt: unknown): unknown {
  const { logs = [], ...rest } = (receipt ?? {}) as { logs?: { address: string; topics: string[] }[] }
  if (receipt === null) return null
  const moved = logs.map((log) =>
    log.address.toLowerCase() === Reserve.address
      ? { ...log, topics: [log.topics[0], keccakText('another channel'), ...log.topics.slice(2)] }
      : log,
  )
  return { ...rest, logs: moved }
}

/** What a receipt may lie about. */
export const lies = {
  failed: (node, of) => [node.failReceipts({ of })],
  'no-log': (node, of) => [node.dropLogs({ of })],
  'other-contract': (node, of) => [node.moveLogs(stranger.address, { of })],
  'other-channel': ofAnotherChannel,
} as const satisfies Record<string, Spoil>

/** Runs with a lie about transactions that hold the channel's salt. */
export async function lied<T>(
  node: Node,
  channel: ChannelUnderTest,
  spoil: Spoil,
  run: () => Promise<T>,
): Promise<T> {
  const ends = spoil(node, node.holding(channel.descriptor.salt))
  try {
    return await run()
  } finally {
    for (const end of ends) end()
  }
}
