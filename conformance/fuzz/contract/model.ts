/**
 * Model-based testing of a channel contract: every random step is done on the contract and on the oracle, and then
 * judged: do they agree, and does every invariant hold?
 */

import type { Address, Bytes32 } from '../../../src/codec/hex.ts'
import { isRevert } from '../../../src/contracts/revert.ts'
import { unlimited } from '../../../src/contracts/token.ts'
import {
  type Action,
  accountAt,
  amountOf,
  type CallAction,
  type OpenAction,
  type ReopenAction,
  tokenAt,
  toRequest,
  whoIs,
  word,
} from './action.ts'
import type { Contract } from './contract.ts'
import { type InvariantName, invariants } from './invariants.ts'
import { chainId, Machine, type Outcome, type Snapshot } from './machine.ts'
import { Oracle } from './oracle.ts'
import * as Replay from './replay.ts'
import { keyOf } from './request.ts'
import { people } from './signatures.ts'
import { type Life, moved, type Step, view } from './step.ts'

/** What judges a step: the oracle, or one of the invariants. */
export type Judge = 'oracle' | InvariantName
export const judges = ['oracle', ...Object.keys(invariants)] as readonly Judge[]

/** Thrown when a judge says no. */
export class Violation extends Error {
  readonly judges: readonly Judge[]

  constructor(broken: readonly Judge[], step: Step) {
    super(`${broken.join(', ')} broken by ${print({ ...step.call?.request, outcome: step.outcome })}`)
    this.name = 'Violation'
    this.judges = broken
  }
}

/** Everybody has this much of the first token; of the second, more than any deposit can be. */
const wealth = [1_000_000n, 2n ** 130n] as const

export class Model {
  readonly contract: Contract
  readonly #machine: Machine
  readonly #oracle: Oracle
  readonly #judges: readonly Judge[]
  readonly #lives = new Map<Bytes32, Life>()
  readonly #ids = new Map<string, Bytes32>()
  readonly #gifts = new Map<Address, bigint>()
  readonly #supplies = new Map<Address, bigint>()
  readonly #replay: Replay.State
  #snapshot: Snapshot
  #transaction = 0

  /** Only `by` judge the steps; all when absent. */
  constructor(contract: Contract, by: readonly Judge[] = judges) {
    this.contract = contract
    this.#judges = by.filter(
      (name) => name === 'oracle' || (only(name) ?? contract.version) === contract.version,
    )
    this.#machine = new Machine(contract)
    this.#oracle = new Oracle(contract.version, contract.address, this.#machine.timestamp)
    wealth.forEach((amount, n) => {
      const token = tokenAt(n)
      for (const holder of people) {
        this.#machine.deal(token, holder, amount)
        this.#oracle.balances.set(`${token}|${holder}`, amount)
      }
      this.#supplies.set(token, amount * BigInt(people.length))
      // The others approve when a run makes them: else few v1 channels would ever open.
      for (const holder of people.slice(2)) {
        this.#machine.approve(token, holder, unlimited)
        this.#oracle.allowances.set(`${token}|${holder}|${contract.address}`, unlimited)
      }
    })
    this.#snapshot = this.#machine.snapshot()
    this.#replay = Replay.from(this.#snapshot.balances)
    this.#begin(true)
  }

  /** Does one action on both sides; what the contract or a token made of it, if they were asked. Throws `Violation`. */
  step(action: Action): Outcome | undefined {
    switch (action.do) {
      case 'wait':
        this.#wait(action)
        return undefined
      case 'transaction':
        this.#begin(action.hash)
        return undefined
      case 'policy':
        this.#policy(action)
        return undefined
      case 'pause':
        for (const side of [this.#machine, this.#oracle])
          side.paused[action.paused ? 'add' : 'delete'](tokenAt(action.token))
        return undefined
      case 'approve':
        return this.#approve(action)
      case 'transfer':
        return this.#transfer(action)
      default:
        return this.#call(action)
    }
  }

  #call(action: OpenAction | ReopenAction | CallAction): Outcome {
    const { contract } = this
    const draft = toRequest(action, this.#oracle, contract)
    const domain = { protocol: contract.version, escrow: contract.address, chainId }
    const on = this.#machine.channelId({ ...draft, descriptor: draft.voucher.on })
    const signature =
      draft.method === 'settle' || draft.method === 'close'
        ? contract.signatures.sign(draft.voucher, on, domain)
        : draft.signature
    const request = { ...draft, signature }
    const id = this.#machine.channelId(request)
    const voucherIsGood = this.#oracle.isGood(request)
    const expected = this.#oracle.call(request)
    const outcome = this.#machine.call(request)
    if (!isRevert(outcome) && request.method === 'open')
      this.#ids.set(keyOf(contract.version, request.descriptor), id)
    const agreed =
      isRevert(outcome) || 'revert' in expected
        ? (expected as { revert?: string }).revert === (outcome as { revert?: string }).revert
        : print(expected.events) === print(outcome.events.map(({ channelId: _, ...event }) => event))
    const call = { request, id, life: this.#lives.get(id), voucherIsGood }
    this.#record(this.#judge(outcome, agreed, call))
    return outcome
  }

  /** Keeps the books of the lives of channels. */
  #record(step: Step): void {
    const { call, outcome } = step
    if (call === undefined || isRevert(outcome)) return
    const { id, request } = call
    const { descriptor } = request
    const life = call.life ?? {
      descriptor,
      transaction: step.transaction,
      paidIn: 0n,
      paidOut: 0n,
      ended: false,
    }
    const flow = moved(step)
    this.#lives.set(id, {
      ...life,
      paidIn: life.paidIn + flow.in,
      paidOut: flow.out.reduce((sum, { amount }) => sum + amount, life.paidOut),
      ended: life.ended || request.method === 'close' || request.method === 'withdraw',
    })
  }

  #approve({ owner, token, amount }: Action & { do: 'approve' }): Outcome {
    const from = whoIs(owner, undefined, this.contract.address)
    const key = `${tokenAt(token)}|${from}`
    const value = amountOf(
      amount,
      undefined,
      this.#oracle.balances.get(key) ?? 0n,
      this.contract,
      2n ** 256n - 1n,
    )
    this.#oracle.allowances.set(`${key}|${this.contract.address}`, value)
    return this.#judge(this.#machine.approve(tokenAt(token), from, value), true).outcome
  }

  #transfer(action: Action & { do: 'transfer' }): Outcome {
    const { address } = this.contract
    const token = tokenAt(action.token)
    const from = whoIs(action.from, undefined, address)
    const to = whoIs(action.to, undefined, address)
    const balance = this.#oracle.balances.get(`${token}|${from}`) ?? 0n
    const amount = amountOf(action.amount, undefined, balance, this.contract, 2n ** 256n - 1n)
    const stopped = this.#oracle.transfer(token, from, to, amount)
    const outcome = this.#machine.transfer({ token, from, to, amount })
    return this.#judge(outcome, stopped === (isRevert(outcome) ? outcome.revert : undefined)).outcome
  }

  #policy({ who, token, role, allowed }: Action & { do: 'policy' }): void {
    const account = whoIs(who, accountAt(this.#oracle, 0)?.descriptor, this.contract.address)
    for (const side of [this.#machine, this.#oracle])
      side.blocked[allowed ? 'delete' : 'add'](`${tokenAt(token)}|${account}|${role}`)
  }

  /** Time passes between transactions only. */
  #wait({ seconds, channel }: Action & { do: 'wait' }): void {
    const askedAt = channel === undefined ? undefined : accountAt(this.#oracle, channel)?.askedAt
    const until = askedAt === undefined ? this.#oracle.now + seconds : askedAt + 900 + seconds
    this.#oracle.now = Math.max(this.#oracle.now, until)
    this.#machine.timestamp = this.#oracle.now
    this.#begin(true)
  }

  #begin(hash: boolean): void {
    this.#transaction++
    const named = hash ? word(this.#transaction) : undefined
    this.#machine.transaction = { hash: named, opened: new Set() }
    this.#oracle.transaction = named
    this.#oracle.openedHere.clear()
  }

  #judge(outcome: Outcome, agreed: boolean, call?: Step['call']): Step {
    const { contract } = this
    const before = this.#snapshot
    const after = this.#machine.snapshot()
    this.#snapshot = after
    if (!isRevert(outcome)) Replay.apply(this.#replay, outcome, contract.version)
    const step: Step = {
      version: contract.version,
      contract: contract.address,
      maxDeposit: contract.maxDeposit,
      timestamp: this.#machine.timestamp,
      transaction: this.#transaction,
      ...(call && { call }),
      outcome,
      before,
      after,
      replay: this.#replay,
      lives: this.#lives,
      gifts: this.#gifts,
      supplies: this.#supplies,
      mayTransfer: (...question) => this.#machine.mayTransfer(...question),
    }
    this.#countGifts(step)
    const broken = this.#judges.filter((name) =>
      name === 'oracle' ? !(agreed && this.#sameState(after)) : !invariants[name].holds(step),
    )
    if (broken.length > 0) throw new Violation(broken, step)
    return step
  }

  /** Tokens that reach the contract otherwise than as a deposit: transfers, and payouts to itself. */
  #countGifts({ outcome, contract, call }: Step): void {
    if (isRevert(outcome)) return
    for (const event of outcome.transfers)
      if (
        event.name === 'Transfer' &&
        event.to === contract &&
        (event.from === contract || call === undefined)
      )
        this.#gifts.set(event.token, (this.#gifts.get(event.token) ?? 0n) + event.amount)
  }

  /** Whether contract and oracle hold the same. */
  #sameState({ channels, balances, allowances }: Snapshot): boolean {
    let stored = 0
    for (const [key, { paidIn, paidOut, askedAt, open }] of this.#oracle.accounts) {
      const id = this.#ids.get(key)
      const channel = id === undefined ? undefined : view(channels.get(id))
      if (this.contract.version === 'v2' && !open) {
        if (channel !== undefined) return false
        continue
      }
      stored++
      if (
        channel?.deposit !== paidIn ||
        channel.settled !== paidOut ||
        channel.requestedAt !== (askedAt ?? 0) ||
        channel.ended === open
      )
        return false
    }
    return (
      stored === channels.size &&
      sameAmounts(balances, this.#oracle.balances) &&
      sameAmounts(allowances, this.#oracle.allowances)
    )
  }
}

const only = (name: InvariantName) => (invariants[name] as { only?: string }).only

/** An absent amount is zero. */
function sameAmounts(a: ReadonlyMap<string, bigint>, b: ReadonlyMap<string, bigint>): boolean {
  for (const [key, amount] of a) if ((b.get(key) ?? 0n) !== amount) return false
  for (const [key, amount] of b) if ((a.get(key) ?? 0n) !== amount) return false
  return true
}

/** As text, members in the order of the alphabet. */
const print = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint') return `${member}`
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
