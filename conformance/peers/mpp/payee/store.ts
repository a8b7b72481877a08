/** Tools that make a server's books wrong. */
import type { Ledger } from '../../../../src/mpp/ledger.ts'
import type { ChannelStore } from '../../../../src/mpp/server/store/store.ts'

/** Changes a channel's ledger behind the server's back. */
export const amend = (
  store: ChannelStore,
  channelId: unknown,
  change: (ledger: Ledger) => Partial<Ledger>,
): Promise<void> =>
  store.update(channelId as `0x${string}`, (record) => ({
    record: record && { ...record, ledger: { ...record.ledger, ...change(record.ledger) } },
    answer: undefined,
  }))

/** A store across a network: time enough for others to come in between, in milliseconds. */
const roundTripMs = 20

/** A store whose changes of one amount are computed on what was read before, and written later. */
export const readThenWrite =
  (amount: 'accepted' | 'spent') =>
  (store: ChannelStore): ChannelStore => ({
    ...store,
    async update(channelId, change) {
      const stale = await store.get(channelId)
      const { record, answer } = change(stale)
      if (stale === undefined || record?.ledger[amount] === stale.ledger[amount])
        return store.update(channelId, change)
      await new Promise((resolve) => setTimeout(resolve, roundTripMs))
      return store.update(channelId, () => ({ record, answer }))
    },
  })
