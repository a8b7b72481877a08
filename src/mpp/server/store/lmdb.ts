/** A payee's store on disk, for one process. */
import { lmdbEngine } from '../../../store/lmdb.ts'
import { channelStore } from './channels.ts'
import type { ChannelStore } from './store.ts'

/**
 * Opens or creates a payee's store in a folder. An update resolves once it is synced to disk, so it survives a crash
 * and a power cut. Rejects when the optional package `lmdb` is not installed or the folder cannot be written, and with
 * `StoreInUse` while another process serves from it. Updates reject with `StoreUnavailable` while the disk cannot be
 * written. Use one store per account: the charges on a channel are recorded in one store only (spec/money.md).
 *
 * ```ts
 * const store = await lmdbStore(folder)
 * const pay = payments({ account, chain, store, secretKey, realm: 'localhost' })
 * ```
 */
export const lmdbStore = async (folder: string): Promise<ChannelStore> =>
  channelStore(await lmdbEngine(folder, 'channels.lmdb'))
