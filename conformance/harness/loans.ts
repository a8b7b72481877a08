/**
 * Money that the kit lends to its payers on a chain that is not its own, and how it comes back at the end: whatever a
 * payer still holds is transferred to the account that funded it. What stays behind is told, and stays in the book of
 * loans (loan-book.ts), from which it can be recovered later (left-channels.ts).
 */

import type { ChainClient } from '../../src/chain/client.ts'
import type { Address } from '../../src/codec/hex.ts'
import type { KeyAccount } from '../../src/keys/accounts.ts'
import { forEach } from './at-once.ts'
import { empty } from './empty.ts'
import { leftChannels } from './left-channels.ts'
import type { LoanBook } from './loan-book.ts'

/** An account that was lent money, and the contract that it may have opened channels in. */
export interface Loan {
  account: KeyAccount
  token: Address
  escrow?: Address | undefined
}

/** Where money is lent. */
export interface Lending {
  chain: ChainClient
  /** Whom it goes back to. */
  lender: Address
  /** Pays the fees where the token itself pays none; undefined: nobody. */
  sponsor?: KeyAccount | undefined
  /** The block that was the newest when the run began. */
  fromBlock: number
  /** Where loans are written down first; undefined: nowhere. */
  book?: LoanBook | undefined
}

export class Loans {
  readonly #at: Lending
  readonly #loans = new Map<string, Loan>()
  readonly #written = new Map<string, Promise<void>>()
  readonly #giving = new Set<Promise<void>>()
  #back: Promise<string[]> | undefined

  constructor(at: Lending) {
    this.#at = at
  }

  /** Gives money to an account, and remembers that. Once all is given back it never resolves: the run is over. */
  lend(loan: Loan, give: () => Promise<void>): Promise<void> {
    if (this.#back !== undefined) return new Promise(() => undefined)
    const giving: Promise<void> = this.#remember(loan)
      .then(give)
      .finally(() => this.#giving.delete(giving))
    this.#giving.add(giving)
    return giving
  }

  /** Sends everything back, less the fees, once. Answers what stays behind, a sentence for each account and channel. */
  giveBack(): Promise<string[]> {
    this.#back ??= this.#giveBack()
    return this.#back
  }

  /** Resolves when it is written down, whoever else is lent the same. */
  #remember(loan: Loan): Promise<void> {
    const key = [loan.account.address, loan.token, loan.escrow].join(' ')
    const written = this.#written.get(key) ?? this.#at.book?.write(loan) ?? Promise.resolve()
    this.#written.set(key, written)
    this.#loans.set(key, loan)
    return written
  }

  async #giveBack(): Promise<string[]> {
    await Promise.allSettled(this.#giving)
    const loans = [...this.#loans.values()]
    if (loans.length === 0) return []
    const { channels, said } = await leftChannels(this.#at, loans)
    const open = channels.map(({ says }) => says)
    const left = [...said, ...open, ...(await emptied(this.#at, loans, channels))]
    if (left.length === 0) await this.#at.book?.remove()
    return left
  }
}

/**
 * Empties the accounts of loans; one with channels keeps what their closing may cost. Answers what stays behind, a
 * sentence for each account.
 */
export async function emptied(
  at: Lending,
  loans: readonly Loan[],
  channels: readonly { payer: Address }[],
): Promise<string[]> {
  // One account may have been lent for several contracts.
  const accounts = new Map(loans.map((loan) => [`${loan.account.address} ${loan.token}`, loan]))
  const left: string[] = []
  await forEach(accounts.values(), async (loan) => {
    const { address } = loan.account
    const own = channels.filter(({ payer }) => payer.toLowerCase() === address.toLowerCase())
    const said = await empty(at, loan, own.length)
    if (said !== undefined) left.push(said)
  })
  return left
}
