/** Folders in which servers keep what they are told to remember. */
import { CliError, messageOf } from './output.ts'

/** What opens a folder for `kept`. Throws `CliError` in one line where it cannot, `StoreInUse` while another process has it. */
export async function keptIn<T>(
  folder: string,
  kept: 'channels' | 'payments',
  open: (folder: string) => Promise<T>,
): Promise<T> {
  try {
    return await open(folder)
  } catch (error) {
    if (error instanceof Error && error.name === 'StoreInUse') throw error
    throw new CliError(`cannot keep ${kept} in ${folder}: ${messageOf(error)}`)
  }
}
