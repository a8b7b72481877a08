/** A chain of one channel contract and its tokens, in plain maps: the reducers' effects, written down or undone. */

import type { Address, Bytes32 } from '../../../src/codec/hex.ts'
import type * as Escrow from '../../../src/contracts/escrow.ts'
import type * as Reserve from '../../../src/contracts/reserve.ts'
import { type ChannelRevert, isRevert } from '../../../src/contracts/revert.ts'
import * as Token from '../../../src/contracts/token.ts'
import type { Contract, Stored } from './contract.ts'
import type { Request } from './request.ts'

export const chainId = 42431

/** The enclosing transaction: its hash, absent where there is none, and the ids it opened. */
export interface Transaction {
  hash: Bytes32 | undefined
  opened: Set<Bytes32>
}

/** What a call did: nothing, and why; or its events. */
export type Outcome =
  | ChannelRevert
  | { events: readonly (Reserve.Event | Escrow.Event)[]; transfers: readonly Token.TokenEvent[] }

/** A copy of everything stored. Balances by `token|holder`, allowances by `token|owner|spender`. */
export interface Snapshot {
  channels: ReadonlyMap<Bytes32, Stored>
  balances: ReadonlyMap<string, bigint>
  allowances: ReadonlyMap<string, bigint>
}

export class Machine implements Token.TokenView {
  readonly contract: Contract
  timestamp = 1_000_000
  transaction: Transaction = { hash: undefined, opened: new Set() }
  readonly blocked = new Set<string>()
  readonly paused = new Set<Address>()
  readonly channels = new Map<Bytes32, Stored>()
  #balances = new Map<string, bigint>()
  #allowances = new Map<string, bigint>()

  constructor(contract: Contract) {
    this.contract = contract
  }

  balance(token: Address, holder: Address): bigint {
    return this.#balances.get(`${token}|${holder}`) ?? 0n
  }

  allowance(token: Address, owner: Address, spender: Address): bigint {
    return this.#allowances.get(`${token}|${owner}|${spender}`) ?? 0n
  }

  mayTransfer(token: Address, account: Address, role: 'send' | 'receive'): boolean {
    return !this.blocked.has(`${token}|${account}|${role}`)
  }

  isPaused(token: Address): boolean {
    return this.paused.has(token)
  }

  /** Gives an account its first tokens. */
  deal(token: Address, holder: Address, balance: bigint): void {
    this.#balances.set(`${token}|${holder}`, balance)
  }

  snapshot(): Snapshot {
    return {
      channels: new Map(Array.from(this.channels, ([id, stored]) => [id, { ...stored }])),
      balances: new Map(this.#balances),
      allowances: new Map(this.#allowances),
    }
  }

  /** The id a request is about. */
  channelId(request: Request): Bytes32 {
    return this.contract.channelId(request, this.#context(request.sender))
  }

  /** One call of the contract. */
  call(request: Request): Outcome {
    const id = this.channelId(request)
    const effect = this.contract.apply(this.channels.get(id), request, this.#context(request.sender), id)
    if (isRevert(effect)) return effect
    const outcome = this.#tokens(effect.moves.map((move) => () => this.contract.move(this, move)))
    if (isRevert(outcome)) return outcome
    if (effect.stored === undefined) this.channels.delete(id)
    else this.channels.set(id, effect.stored)
    if (request.method === 'open') this.transaction.opened.add(id)
    return { events: effect.events, transfers: outcome.transfers }
  }

  /** A transfer that has nothing to do with a channel. */
  transfer(move: Token.Transfer): Outcome {
    return this.#tokens([() => Token.transfer(this, move)])
  }

  approve(token: Address, owner: Address, amount: bigint): Outcome {
    return this.#tokens([() => Token.approve(token, owner, this.contract.address, amount)])
  }

  #context(sender: Address) {
    const { contract, timestamp, transaction } = this
    const escrow = contract.address
    const domain = { protocol: contract.version, escrow, chainId }
    return {
      sender,
      timestamp,
      chainId,
      escrow,
      ...(transaction.hash === undefined ? {} : { expiringNonceHash: transaction.hash }),
      openedThisTransaction: (id: Bytes32) => transaction.opened.has(id),
      isSignedBy: (...voucher: Parameters<Reserve.Context['isSignedBy']>) =>
        contract.signatures.isSignedBy(...voucher, domain),
    }
  }

  /** Token rules one after the other; all of them, or none. */
  #tokens(rules: readonly (() => Token.TokenEffect | ChannelRevert)[]): Outcome {
    const undo = { balances: this.#balances, allowances: this.#allowances }
    this.#balances = new Map(undo.balances)
    this.#allowances = new Map(undo.allowances)
    const transfers: Token.TokenEvent[] = []
    for (const rule of rules) {
      const effect = rule()
      if (isRevert(effect)) {
        this.#balances = undo.balances
        this.#allowances = undo.allowances
        return effect
      }
      for (const { token, holder, balance } of effect.balances)
        this.#balances.set(`${token}|${holder}`, balance)
      for (const { token, owner, spender, amount } of effect.allowances)
        this.#allowances.set(`${token}|${owner}|${spender}`, amount)
      transfers.push(...effect.events)
    }
    return { events: [], transfers }
  }
}
