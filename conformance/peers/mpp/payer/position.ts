/** What something that is refused must not move: the books and the slot of a channel, the balance of its payer. */
import type { Bytes32 } from '../../../../src/codec/hex.ts'
import type { Exchange } from '../../../harness/http.ts'
import { type Figures, figures, type Position } from '../../../kit/verbs.ts'
import type { ChannelUnderTest } from './channel.ts'
import type { Payer } from './payer.ts'

/** A payer's balance, whatever answers it gets: for opens and charges, where there is no channel yet. */
export const ofPayer = (payer: Payer): Position<unknown> =>
  figures(async () => ({ balance: await payer.balance() }))

/**
 * A channel's books and slot, its payer's balance, and that nothing about it was sent to the chain and reverted. The
 * books are read in answer to the challenge that came with the refusal, where there is one: it must serve. Where the
 * server tells no books, what is on chain must not move.
 */
export const ofChannel = (channel: ChannelUnderTest): Position<Exchange> =>
  figures(
    async (refusal) => {
      const offered = refusal === undefined ? undefined : channel.payer.subject.sessionIn(refusal)
      const told = channel.payer.subject.options.reading !== 'chain'
      const [books, slot] = await Promise.all([told ? channel.books(offered) : undefined, channel.slot()])
      const { deposit, settled } = slot
      return { ...books, deposit, settled, balance: await channel.payer.balance() }
    },
    {
      lawful: (name, { settled = 0n, accepted = channel.accepted }, after) =>
        name === 'settled' && isSettlement({ settled, accepted }, after),
      also: () => {
        const sent = channel.payer.subject.options.node?.broadcasts.length ?? 0
        return async () => {
          const hash = await revertedSince(channel, sent)
          if (hash === undefined) return undefined
          return { expected: 'nothing sent to the chain', actual: `${hash} was sent and reverted,` }
        }
      },
    },
  )

/** The payee may settle what it holds whenever it likes (spec/readings.md A4); that is nothing the act moved. */
const isSettlement = ({ accepted = 0n, settled = 0n }: Figures, after: Figures): boolean =>
  after['settled'] !== undefined && after['settled'] > settled && after['settled'] <= accepted

/**
 * A transaction about the channel that the server sent since it had sent so many, and that reverted: it moves nothing
 * and somebody pays for it. What succeeds moves the position. Only the kit's own node knows.
 */
async function revertedSince(channel: ChannelUnderTest, sent: number): Promise<Bytes32 | undefined> {
  const { node, chain } = channel.payer.subject.options
  const about = [channel.id, channel.descriptor.salt].flatMap((bytes) => node?.sent(bytes, sent) ?? [])
  for (const { hash } of about) if ((await chain.findReceipt(hash))?.success === false) return hash
  return undefined
}
