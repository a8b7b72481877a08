/** Where the payer's channels are kept between commands. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Option } from 'commander'
import { fileJournal } from '../mpp/client/file-journal.ts'
import type { Journal } from '../mpp/client/journal.ts'
import { CliError, messageOf } from './output.ts'

/** `--state-dir`, `STATE_DIR`, or the user's state folder. */
export const stateOption = (what = 'where channels are kept, to be gone on with or recovered'): Option =>
  new Option('--state-dir <folder>', what)
    .env('STATE_DIR')
    .default(
      join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'streamed-payments'),
      'streamed-payments in the user’s state folder',
    )

/** The journal in a folder. Throws `CliError` when it cannot be used. */
export async function journalIn(folder: string): Promise<Journal> {
  try {
    return await fileJournal(folder)
  } catch (error) {
    throw new CliError(
      `channels cannot be kept in ${folder} (${messageOf(error)}); give another folder with --state-dir`,
    )
  }
}
