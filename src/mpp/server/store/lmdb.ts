/** A payee's store on disk, for one process. */
import { lmdbEngine } from '../../../store/lmdb.ts'
import { channelStore } from './channels.ts'
import type { ChannelStore } from './store.ts'

/**
 * Opens or creates the store in a folder. Rejects when lmdb is not installed, when the folder cannot be written, and
 * with `StoreInUse` while another process serves from it. One account has one store: what is sold on a channel is in
 * the books of one (spec/money.md).
 *
 * ```ts
 * const store = await lmdbStore(folder)
 * const pay = payments({ account, chain, store, secretKey, realm: 'localhost' })
 * ```
 */
export const lmdbStore = async (folder: string): Promise<ChannelStore> =>
  channelStore(await lmdbEngine(folder, 'channels.lmdb'))
