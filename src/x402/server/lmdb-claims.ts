/** Claims on disk, for one process. Node only. */
import { lmdbEngine } from '../../store/lmdb.ts'
import { claimTable } from './claim-table.ts'
import type { ClaimStore } from './claims.ts'

/** Claims that let go of their files when they are closed. */
export interface DurableClaims extends ClaimStore {
  close(): Promise<void>
}

/**
 * Opens or creates the claims of a paywall in a folder: they are its `claims`, and those of a chat server. What was paid for survives a crash and a power cut: a payment
 * buys one answer also across restarts. Rejects when the optional package `lmdb` is not installed or the folder cannot
 * be written, and with `StoreInUse` while another process serves from it. Updates reject with `StoreUnavailable` while
 * the disk cannot be written; a paywall then answers 503.
 */
export async function lmdbClaims(folder: string): Promise<DurableClaims> {
  const engine = await lmdbEngine(folder, 'claims.lmdb')
  return { ...claimTable(engine), close: () => engine.close() }
}
