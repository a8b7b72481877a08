/**
 * The books of a run: what payers signed and received, written down where they receive it, and what moved on chain.
 * Nothing here comes from the server's store.
 */

import type { MemoryChain } from '../../../../src/chain/memory/chain.ts'
import { feeManager } from '../../../../src/chain/memory/helpers.ts'
import type { Address, Bytes32 } from '../../../../src/codec/hex.ts'
import * as Escrow from '../../../../src/contracts/escrow.ts'
import * as Reserve from '../../../../src/contracts/reserve.ts'
import { devAccounts, type KeyAccount } from '../../../../src/keys/accounts.ts'
import type { Receipt } from '../../../../src/mpp/wire/receipt.ts'
import { type Purse, unit } from './purse.ts'

/** Money was lost, created or taken for nothing. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

export function must(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Violation(message)
}

/** One payment for one piece of content. */
export interface Payment {
  payer: KeyAccount
  price: bigint
  hash: Bytes32
  path: string
  authorization: string
  /** Wall clock in milliseconds after which it can no longer be presented. */
  until: number
  delivered: number
  /** Whether an answer to it was cut off: then its content may be gone. */
  cut: boolean
}

export class Books {
  readonly purses: Purse[] = []
  readonly payments: Payment[] = []
  /** Content that was seen before. */
  readonly #seen = new Set<string>()
  readonly #chain: MemoryChain
  readonly #began: bigint
  readonly #before = new Map<Address, bigint>()
  readonly #fees = new Map<Address, bigint>()
  /** Requests under way: what they are charged is not received yet. */
  asking = 0

  constructor(chain: MemoryChain) {
    this.#chain = chain
    for (const { address } of devAccounts) this.#before.set(address, chain.balance(address))
    this.#began = this.#total()
    chain.watch(({ transaction, fee }) => {
      const by = transaction.feePayer === 'sender' ? transaction.sender : (transaction.feePayer as Address)
      this.#fees.set(by, (this.#fees.get(by) ?? 0n) + fee)
    })
  }

  /** A unit came. `keyed` names the request and its challenge, where it had an Idempotency-Key. */
  deliver(purse: Purse, serial: string, keyed?: { request: string; challenge: string }): void {
    if (this.#isOld(serial)) return
    if (keyed === undefined) {
      purse.delivered++
      return
    }
    const challenges = purse.keys.get(keyed.request)
    if (challenges === undefined) purse.delivered++
    else if (!challenges.has(keyed.challenge)) purse.again++
    purse.keys.set(keyed.request, (challenges ?? new Set()).add(keyed.challenge))
  }

  deliverOnce(payment: Payment, serial: string): void {
    if (!this.#isOld(serial)) payment.delivered++
    must(payment.delivered <= 1, `one payment of ${payment.price} bought content twice`)
  }

  #isOld(serial: string): boolean {
    const old = this.#seen.has(serial)
    this.#seen.add(serial)
    return old
  }

  /** The server is gone, and its streams with it. */
  cutStreams(): void {
    for (const purse of this.purses)
      if (purse.stream !== undefined) {
        purse.inFlight++
        purse.stream = undefined
      }
  }

  /** Compares a receipt with what was signed and received; `before` is what was received before it was asked for. */
  learn(purse: Purse, { acceptedCumulative: accepted, spent }: Receipt, before: number): void {
    const what = `${purse.name}: a receipt says spent ${spent} of ${accepted}`
    must(spent <= accepted, what)
    must(accepted <= purse.signed, `${what}, and ${purse.signed} was signed`)
    must(accepted <= purse.deposit, `${what}, and ${purse.deposit} was deposited`)
    must(spent >= unit * BigInt(before), `${what}, and ${before} units were delivered before`)
    const most = mostCharged(purse) + this.asking + (purse.stream === undefined ? 0 : 1)
    must(spent <= unit * BigInt(most), `${what}, and ${most} units may be charged at most`)
    if (spent >= purse.claimed.spent) purse.claimed = { accepted, spent }
  }

  /** Money is moved, never made: every account and contract together hold what they held. */
  conserve(): void {
    const total = this.#total()
    must(total === this.#began, `all together had ${this.#began} and have ${total}`)
  }

  /** What an account gained since the beginning, its fees left out. */
  gained(account: Address): bigint {
    const fees = this.#fees.get(account) ?? 0n
    return this.#chain.balance(account) - (this.#before.get(account) ?? 0n) + fees
  }

  #total(): bigint {
    const holders = [
      ...devAccounts.map(({ address }) => address),
      feeManager,
      Reserve.address,
      Escrow.address,
    ]
    return holders.reduce((sum, holder) => sum + this.#chain.balance(holder), 0n)
  }
}

/** Units that a payer may have been charged for. */
export const mostCharged = ({ delivered, again, inFlight }: Purse): number => delivered + again + inFlight
