/** Whose money a command spends: a key that is given, an account by its name, the default account, a development account. */
import { type Command, Option } from 'commander'
import { devAccounts, type KeyAccount } from '../keys/accounts.ts'
import { defaultFolder, defaultName, readAccount } from './key-files.ts'
import { account as accountOption, keyOption } from './options.ts'
import { CliError } from './output.ts'

/** What a command line says of its payer. */
export interface PayerOptions {
  privateKey?: string
  account?: string
  accountsDir: string
}

/** `--accounts-dir`, `ACCOUNTS_DIR`, or a folder of the user's. */
export const accountsOption = (): Option =>
  new Option('--accounts-dir <folder>', 'where accounts are kept')
    .env('ACCOUNTS_DIR')
    .default(defaultFolder(), 'streamed-payments/accounts in the user’s configuration folder')

/** Adds the options that say who pays. */
export const payerOptions = (command: Command): Command =>
  command
    .addOption(
      keyOption(
        'key of the payer (default: the account "default", or the second development account where there is none)',
        'PAYER_PRIVATE_KEY',
      ),
    )
    .addOption(
      new Option('--account <name>', 'account of the payer; see account create').conflicts('privateKey'),
    )
    .addOption(accountsOption())

/** The payer. Throws `CliError` when it is named and missing, or its file must not be used. */
export async function payerAccount({ privateKey, account, accountsDir }: PayerOptions): Promise<KeyAccount> {
  if (privateKey !== undefined) return accountOption(privateKey)
  const kept = await readAccount(accountsDir, account ?? defaultName)
  if (kept === undefined && account !== undefined)
    throw new CliError(`there is no account ${account}; make it with: account create ${account}`)
  return kept ?? (devAccounts[1] as KeyAccount)
}
