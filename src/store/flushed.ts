/** A file's content on the disk before anybody relies on it. Node only. */
import type { FileHandle } from 'node:fs/promises'

/** Writes to an open file, flushes and closes it; without `write` it flushes only, as a folder needs after a rename. */
export async function flushed(file: FileHandle, write?: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await write?.(file)
    await file.sync()
  } finally {
    await file.close()
  }
}
