/**
 * Marks the channels that this payee has begun to open. A channel that is on chain but not in the store was opened
 * elsewhere: by another service with the same account, or by this one before it lost its store. What was sold on it is
 * unknown here, so it is not adopted (spec/readings.md A9). The exception is our own open that was sent before a crash
 * and not yet recorded: the mark, stored before anything is sent, identifies it.
 */
import type { Bytes32 } from '../../codec/hex.ts'
import type { Payee } from './payee.ts'

const use = (id: Bytes32) => ({ kind: 'opening', id }) as const

/** Whether the open of a channel was begun here and may have been sent. */
export const isBegun = ({ store }: Payee, channelId: Bytes32): Promise<boolean> =>
  store.charges.update(use(channelId), (record) => ({ record, answer: record !== undefined }))

/** Marks the channel: from here on its open may have been sent by this payee. */
export const begin = ({ store }: Payee, channelId: Bytes32): Promise<void> =>
  store.charges.update(use(channelId), () => ({
    record: { by: 'open', state: 'pending', until: Number.MAX_SAFE_INTEGER },
    answer: undefined,
  }))

/** The channel is in the books, or its open was not taken. */
export const end = ({ store }: Payee, channelId: Bytes32): Promise<void> =>
  store.charges.update(use(channelId), () => ({ record: undefined, answer: undefined }))
