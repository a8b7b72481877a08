/**
 * Which channels this payee has begun to open. A channel that is on chain before its store knows it was used by
 * somebody else: by another service of the same account, or by this one before its memory was lost. What was sold
 * there cannot be known here, so it is not adopted (spec/readings.md A9). The exception is our own open, sent before
 * a crash and not yet recorded: the mark, durable before anything is sent, tells it apart.
 */
import type { Bytes32 } from '../../codec/hex.ts'
import type { Payee } from './payee.ts'

const use = (id: Bytes32) => ({ kind: 'opening', id }) as const

/** Whether the open of a channel was begun here and may have been sent. */
export const isBegun = ({ store }: Payee, channelId: Bytes32): Promise<boolean> =>
  store.charges.update(use(channelId), (record) => ({ record, answer: record !== undefined }))

/** From now on the open may be on chain by our doing. */
export const begin = ({ store }: Payee, channelId: Bytes32): Promise<void> =>
  store.charges.update(use(channelId), () => ({
    record: { by: 'open', state: 'pending', until: Number.MAX_SAFE_INTEGER },
    answer: undefined,
  }))

/** The channel is in the books, or its open was not taken. */
export const end = ({ store }: Payee, channelId: Bytes32): Promise<void> =>
  store.charges.update(use(channelId), () => ({ record: undefined, answer: undefined }))
