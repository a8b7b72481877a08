/** Everything a memory chain stores, in journaled maps, and the token view the pure rules read. */

import type { Address, Hex } from '../../codec/hex.ts'
import type { Channel } from '../../contracts/escrow.ts'
import type { Slot } from '../../contracts/reserve.ts'
import type { TokenEffect, TokenView } from '../../contracts/token.ts'
import { Journal, JournalMap } from './journal.ts'

/** Balances, channels and used nonces of the memory chain; amounts in base units. */
export class State implements TokenView {
  readonly journal = new Journal()
  /** v2 channels by id. */
  readonly reserve = new JournalMap<Slot>(this.journal)
  /** v1 channels, closed ones included: `escrow|id`. */
  readonly escrow = new JournalMap<Channel>(this.journal)
  /** `sender|nonceKey` -> next nonce. */
  readonly nonces = new JournalMap<bigint>(this.journal)
  /** Expiring transactions already executed -> their `validBefore`. */
  readonly expiring = new JournalMap<number>(this.journal)
  /** EIP-3009 nonces that are used up: `token|authorizer|nonce`. */
  readonly authorizations = new JournalMap<true>(this.journal)
  readonly #balances = new JournalMap<bigint>(this.journal)
  readonly #allowances = new JournalMap<bigint>(this.journal)
  readonly #supplies = new JournalMap<bigint>(this.journal)
  readonly #blocked = new JournalMap<true>(this.journal)
  readonly #paused = new JournalMap<true>(this.journal)

  /** The nonce an account's next transaction on a nonce key must have. */
  nonce(account: Address, nonceKey = 0n): bigint {
    return this.nonces.get(`${account}|${nonceKey}`) ?? 0n
  }

  balance(token: Address, holder: Address): bigint {
    return this.#balances.get(`${token}|${holder}`) ?? 0n
  }

  allowance(token: Address, owner: Address, spender: Address): bigint {
    return this.#allowances.get(`${token}|${owner}|${spender}`) ?? 0n
  }

  supply(token: Address): bigint {
    return this.#supplies.get(token) ?? 0n
  }

  mayTransfer(token: Address, account: Address, role: 'send' | 'receive'): boolean {
    return this.#blocked.get(`${token}|${account}|${role}`) === undefined
  }

  /** Sets whether an account may send or receive a token: what a TIP-403 policy would say. */
  setPolicy(token: Address, account: Address, role: 'send' | 'receive', allowed: boolean): void {
    this.#blocked.set(`${token}|${account}|${role}`, allowed ? undefined : true)
  }

  isPaused(token: Address): boolean {
    return this.#paused.get(token) !== undefined
  }

  /** Stops all transfers of a token, or lets them go on: what its issuer may do. */
  setPaused(token: Address, paused: boolean): void {
    this.#paused.set(token, paused ? true : undefined)
  }

  /** Writes a balance and keeps the supply equal to the sum of balances: how accounts are funded. */
  deal(token: Address, holder: Address, balance: bigint): void {
    this.#supplies.set(token, this.supply(token) + balance - this.balance(token, holder))
    this.#balances.set(`${token}|${holder}`, balance)
  }

  /** Writes what a token rule decided. */
  commit(effect: TokenEffect): void {
    for (const { token, holder, balance } of effect.balances)
      this.#balances.set(`${token}|${holder}`, balance)
    for (const { token, owner, spender, amount } of effect.allowances)
      this.#allowances.set(`${token}|${owner}|${spender}`, amount)
  }

  /** v2 channels that are open, by id. */
  channels(): IterableIterator<[Hex, Slot]> {
    return this.reserve.entries() as IterableIterator<[Hex, Slot]>
  }
}
