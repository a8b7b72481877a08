/** Holds a session to its caps: sets aside before anything is signed, and says what became of it. */
import type { Bytes32 } from '../../codec/hex.ts'
import * as Uint from '../../codec/uint.ts'
import type { Journal } from './journal.ts'
import type { ClientRules } from './rules.ts'
import { type Caps, counted, type Place, release, setAside, type Totals } from './totals.ts'

/** How long an amount is set aside for an open that is not signed yet, in milliseconds. */
const unsignedMs = 60_000

export interface BudgetOptions {
  journal: Journal
  caps: Caps
  clock: () => number
  rules: Pick<ClientRules, 'deposit'>
}

export interface Share {
  place: Place
  least: bigint
  wanted: bigint
}

export class Budget {
  readonly #options: BudgetOptions

  constructor(options: BudgetOptions) {
    this.#options = options
  }

  /**
   * The amount that could be set aside for a new channel now. Rejects with `PolicyError` when it is less than needed.
   */
  look(share: Share): Promise<bigint> {
    return this.#tally((totals) => ({ totals, answer: this.#within(totals, '', share) }))
  }

  /** Sets an amount aside, under a temporary name, for an open that is to be signed. Rejects with `PolicyError`. */
  begin(name: string, share: Share): Promise<bigint> {
    return this.#tally((totals) => {
      const answer = this.#within(totals, name, share)
      const until = this.#options.clock() + unsignedMs
      return { totals: setAside(totals, name, share.place, answer, until), answer }
    })
  }

  /**
   * Moves the amount to the channel whose open was signed. Rejects with `PolicyError` when it no longer fits the caps.
   */
  async signed(name: string, channelId: Bytes32, place: Place, deposit: bigint): Promise<void> {
    await this.#tally((totals) => {
      const share = { place, least: deposit, wanted: deposit }
      const answer = this.#within(totals, name, share)
      return { totals: setAside(release(totals, name, 0n), channelId, place, answer), answer }
    })
  }

  /** Sets more aside for a channel; an amount that is set aside already is kept. Rejects with `PolicyError`. */
  raise(channelId: Bytes32, share: Share): Promise<bigint> {
    return this.#tally((totals) => {
      const answer = this.#within(totals, channelId, share)
      const amount = Uint.max(answer, totals.aside[channelId]?.amount ?? 0n)
      return { totals: setAside(totals, channelId, share.place, amount), answer }
    })
  }

  /** A channel has this deposit, whatever the caps say. Answers how much of it they allow to be signed for. */
  found(channelId: Bytes32, place: Place, deposit: bigint): Promise<bigint> {
    return this.#tally((totals) => ({
      totals: setAside(totals, channelId, place, deposit),
      answer: this.#allowed(totals, channelId, place, deposit),
    }))
  }

  /** Drops the amount of an open that was not signed. */
  unsigned(name: string): Promise<void> {
    return this.#tally((totals) => ({ totals: release(totals, name, 0n), answer: undefined }))
  }

  #allowed(totals: Totals, name: string, place: Place, deposit: bigint): bigint {
    const { caps, clock } = this.#options
    const { host, total } = counted(totals, place, { except: name, now: clock() })
    const left = [
      [caps.perHost, host],
      [caps.total, total],
    ] as const
    return left.reduce(
      (so, [cap, count]) => (cap === undefined ? so : Uint.min(so, Uint.max(cap - count, 0n))),
      deposit,
    )
  }

  #within(totals: Totals, name: string, { place, least, wanted }: Share): bigint {
    const { caps, clock, rules } = this.#options
    const counts = counted(totals, place, { except: name, now: clock() })
    return rules.deposit.withinCaps(wanted, least, counts, caps)
  }

  #tally<T>(change: (totals: Totals) => { totals: Totals; answer: T }): Promise<T> {
    return this.#options.journal.tally(change)
  }
}

/** Removes a closed channel from the journal, and adds what was paid on it to the totals. */
export async function forget(journal: Journal, channelId: Bytes32, paid: bigint): Promise<void> {
  await journal.tally((totals) => ({ totals: release(totals, channelId, paid), answer: undefined }))
  await journal.remove(channelId)
}
