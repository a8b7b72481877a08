/**
 * The one channel of a session and its journal: opened, found again after a crash, let go when it is over. What is
 * written is written before it takes effect.
 */
import type { ChainClient } from '../../chain/client.ts'
import type { Bytes32 } from '../../codec/hex.ts'
import * as Hex from '../../codec/hex.ts'
import * as Uint from '../../codec/uint.ts'
import { type Budget, forget } from './budget.ts'
import { channelFrom, entryOf, openUntil, type PayerChannel, type Signer } from './channel.ts'
import type { DepositChoice, DepositPolicy } from './deposit.ts'
import type { Entry, Journal, Release } from './journal.ts'
import type { Offer } from './offers.ts'
import type { Confirmation } from './options.ts'
import { PolicyError } from './policy.ts'
import { contractAt, standingOf } from './recover.ts'
import type { ClientRules } from './rules.ts'
import { protocolOf } from './session-protocol.ts'
import { type Plan, Tab } from './tab.ts'
import type { Place } from './totals.ts'

export interface KeeperOptions {
  chain: ChainClient
  signer: Signer
  journal: Journal
  clock: () => number
  salt: () => Bytes32
  rules: Pick<ClientRules, 'deposit' | 'sign' | 'suggestion'>
  budget: Budget
  confirm: Confirm
}

/** Asks whether money may be locked. Rejects with `PolicyError` `not-confirmed` when it may not. */
export type Confirm = (question: Confirmation) => Promise<void>

/** A channel with its books, held by this process alone. */
export interface Held {
  channel: PayerChannel
  tab: Tab
  /** Most that the caps allow to be signed for; base units. */
  allowed: bigint
}

export class Keeper {
  readonly #options: KeeperOptions
  #held: (Held & { release: Release }) | undefined

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  get held(): Held | undefined {
    return this.#held
  }

  /** Signs an open and keeps it; nothing is sent. */
  async open(offer: Offer, url: string, policy: DepositPolicy): Promise<Held & { choice: DepositChoice }> {
    const { chain, signer, journal, clock, salt, rules, budget, confirm } = this.#options
    const { terms } = offer
    const { deposit: wanted, choice } = rules.deposit.opening(terms, policy)
    const held = await chain.balance(terms.currency, signer.address)
    const sponsored = terms.methodDetails.feePayer === true
    const affordable = rules.deposit.withinFunds(wanted, terms.amount, held, sponsored)
    await journal.check()
    const place = { chainId: await chain.chainId(), host: new URL(url).host }
    const least = terms.amount
    const amount = await budget.look({ place, least, wanted: affordable })
    await confirm({ action: 'open', url, terms, amount })
    const name = `unsigned ${Hex.encode(crypto.getRandomValues(new Uint8Array(16)))}`
    const deposit = await budget.begin(name, { place, least, wanted: amount })
    let release: Release | undefined
    try {
      const figures = { deposit, cumulativeAmount: terms.amount, salt: salt(), url, openedAt: clock() }
      const channel = await signer.open(terms, figures)
      release = await this.#claim(channel.channelId)
      await budget.signed(name, channel.channelId, place, deposit)
      await journal.save(entryOf(channel))
      return { ...this.#hold(channel, release, deposit), choice }
    } catch (error) {
      // Nothing was sent.
      await release?.()
      await budget.unsigned(name)
      throw error
    }
  }

  /** A channel of the journal that fits this offer at this origin and that no other process uses. */
  async find({ terms }: Offer, url: string): Promise<Held | undefined> {
    const { origin } = new URL(url)
    const { operator: asked = Hex.zeroAddress } = terms.methodDetails
    // v1 channels have none.
    const operator = protocolOf(terms) === 'v1' ? Hex.zeroAddress : asked
    const { signer, journal, chain } = this.#options
    const chainId = await chain.chainId()
    const candidates = (await journal.list()).filter(
      ({ descriptor, url: at, phase, escrow, chainId: on }) =>
        phase !== 'closing' &&
        on === chainId &&
        escrow === terms.methodDetails.escrowContract &&
        new URL(at).origin === origin &&
        descriptor.payer === signer.address &&
        descriptor.payee === terms.recipient &&
        descriptor.token === terms.currency &&
        descriptor.authorizedSigner === signer.authorizedSigner &&
        descriptor.operator === operator,
    )
    for (const entry of candidates.reverse()) {
      const held = await this.adopt(entry)
      if (held !== undefined) return held
    }
    return undefined
  }

  /**
   * Goes on with the channel that an offer suggests, where the journal knows nothing of it; undefined where not all that
   * is said of it is proved.
   */
  async suggested({ terms }: Offer, url: string, maxDeposit: bigint): Promise<Held | undefined> {
    const { sessionSnapshot: snapshot } = terms.methodDetails
    if (snapshot === undefined) return undefined
    const { signer, journal, chain, clock } = this.#options
    const { suggestion: rules } = this.#options.rules
    const chainId = await chain.chainId()
    const { address: payer, authorizedSigner } = signer
    const suggestion = { snapshot, terms, chainId, payer, authorizedSigner }
    if (!rules.derived(suggestion) || !rules.own(suggestion)) return undefined
    const { channelId, descriptor, escrow } = snapshot
    // What the journal has of it is more than the chain does, and was not to be gone on with.
    if ((await journal.list()).some((entry) => entry.channelId === channelId)) return undefined
    const standing = await standingOf(contractAt(chain, escrow), channelId)
    if (standing.state !== 'open' || !rules.proven(snapshot, standing)) return undefined
    if (!rules.affordable(terms, standing, maxDeposit)) return undefined
    const total = rules.total(snapshot, standing)
    const figures = { deposit: standing.deposit, authorized: total, delivered: total, openedAt: clock() }
    const place = { channelId, descriptor, escrow, chainId, url }
    const held = await this.adopt({ ...place, ...figures, phase: 'open', terms })
    if (held === undefined) return undefined
    held.channel.deposit = rules.deposit(snapshot, standing)
    await this.save()
    return held
  }

  /**
   * Goes on with a kept channel; undefined when another process has it, or it takes no more vouchers. Throws
   * `PolicyError` `foreign-channel` for one that this session cannot sign for.
   */
  async adopt(entry: Entry): Promise<Held | undefined> {
    const { signer, journal, clock } = this.#options
    signer.checkOwn(entry)
    const release = await journal.claim(entry.channelId)
    if (release === undefined) return undefined
    const channel = channelFrom(entry)
    const standing = await standingOf(signer.contractOf(channel), entry.channelId)
    if (standing.state === 'open') {
      channel.deposit = standing.deposit
      // A settlement proves that a voucher of this amount was signed, even if the journal says less.
      channel.delivered = Uint.max(channel.delivered, standing.settled)
      channel.authorized = Uint.max(channel.authorized, channel.delivered)
      channel.doubtful = channel.authorized - channel.delivered
      return this.#hold(channel, release, await this.#allowed(channel))
    }
    const { unconfirmed } = channel
    const mayOpen = unconfirmed !== undefined && openUntil(unconfirmed) > clock() / 1000
    if (standing.state === 'absent' && mayOpen)
      return this.#hold(channel, release, await this.#allowed(channel))
    if (standing.state === 'absent' || standing.state === 'closed')
      await forget(journal, entry.channelId, standing.state === 'closed' ? standing.paid : 0n)
    await release()
    return undefined
  }

  /** Keeps the channel as it is now. */
  async save(): Promise<void> {
    if (this.#held !== undefined) await this.#options.journal.save(entryOf(this.#held.channel))
  }

  /** Stores the total that a plan signs, and only then commits the plan. Rejects with what the journal rejects with. */
  async commit(plan: Plan): Promise<void> {
    const { channel, tab } = this.#held as Held
    if (plan.total > channel.authorized)
      await this.#options.journal.save({ ...entryOf(channel), authorized: plan.total })
    tab.commit(plan)
  }

  /** Sets more aside under the caps, for a higher total. Rejects with `PolicyError`; then nothing changed. */
  async makeRoom(least: bigint, wanted: bigint): Promise<bigint> {
    const held = this.#held as Held
    const { channelId } = held.channel
    held.allowed = await this.#options.budget.raise(channelId, {
      place: placeOf(held.channel),
      least,
      wanted,
    })
    return held.allowed
  }

  /** Sets the reserved amount to the actual deposit; the rest becomes free again. */
  async deposited(): Promise<void> {
    const held = this.#held as Held
    held.allowed = await this.#allowed(held.channel)
  }

  /** Lets the channel go: for another session, or for good when it is over and this was paid. */
  async letGo(paid?: bigint): Promise<void> {
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    const { journal } = this.#options
    if (paid === undefined) await journal.save(entryOf(held.channel))
    else await forget(journal, held.channel.channelId, paid)
    await held.release()
  }

  #allowed(channel: PayerChannel): Promise<bigint> {
    return this.#options.budget.found(channel.channelId, placeOf(channel), channel.deposit)
  }

  #hold(channel: PayerChannel, release: Release, allowed: bigint): Held {
    this.#held = { channel, tab: new Tab(channel, this.#options.rules.sign.withinStep), release, allowed }
    return this.#held
  }

  async #claim(channelId: Bytes32): Promise<Release> {
    const release = await this.#options.journal.claim(channelId)
    if (release === undefined)
      throw new PolicyError('channel-in-use', `the channel ${channelId} is used by another process`)
    return release
  }
}

/** The place under which the caps count a channel: chain and host. */
const placeOf = ({ domain, url }: PayerChannel): Place => ({
  chainId: domain.chainId,
  host: new URL(url).host,
})
