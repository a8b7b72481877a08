/**
 * The one channel of a session and its journal: opened, found again after a crash, let go when it is over. What is
 * written is written before it takes effect.
 */
import type { ChainClient } from '../../chain/client.ts'
import type { Bytes32 } from '../../codec/hex.ts'
import * as Hex from '../../codec/hex.ts'
import * as Uint from '../../codec/uint.ts'
import { channelFrom, entryOf, openUntil, type PayerChannel, type Signer } from './channel.ts'
import type { DepositChoice, DepositPolicy } from './deposit.ts'
import type { Entry, Journal, Release } from './journal.ts'
import type { Offer } from './offers.ts'
import { PolicyError } from './policy.ts'
import { standingOf } from './recover.ts'
import type { ClientRules } from './rules.ts'
import { protocolOf } from './session-protocol.ts'
import { type Plan, Tab } from './tab.ts'

export interface KeeperOptions {
  chain: ChainClient
  signer: Signer
  journal: Journal
  clock: () => number
  salt: () => Bytes32
  rules: Pick<ClientRules, 'deposit' | 'sign'>
}

/** A channel with its books, held by this process alone. */
export interface Held {
  channel: PayerChannel
  tab: Tab
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
    const { chain, signer, journal, clock, salt, rules } = this.#options
    const { terms } = offer
    const { deposit: wanted, choice } = rules.deposit.opening(terms, policy)
    const held = await chain.balance(terms.currency, signer.address)
    const sponsored = terms.methodDetails.feePayer === true
    const deposit = rules.deposit.withinFunds(wanted, terms.amount, held, sponsored)
    await journal.check()
    const figures = { deposit, cumulativeAmount: terms.amount, salt: salt(), url, openedAt: clock() }
    const channel = await signer.open(terms, figures)
    const release = await this.#claim(channel.channelId)
    try {
      await journal.save(entryOf(channel))
    } catch (error) {
      await release()
      throw error
    }
    return { ...this.#hold(channel, release), choice }
  }

  /** A channel of the journal that pays this offer at this origin, and that nobody else uses. */
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
      // A settlement shows a voucher, whatever the journal has of it.
      channel.delivered = Uint.max(channel.delivered, standing.settled)
      channel.authorized = Uint.max(channel.authorized, channel.delivered)
      channel.doubtful = channel.authorized - channel.delivered
      return this.#hold(channel, release)
    }
    const { unconfirmed } = channel
    const mayOpen = unconfirmed !== undefined && openUntil(unconfirmed) > clock() / 1000
    if (standing.state === 'absent' && mayOpen) return this.#hold(channel, release)
    if (standing.state === 'absent' || standing.state === 'closed') await journal.remove(entry.channelId)
    await release()
    return undefined
  }

  /** Keeps the channel as it is now. */
  async save(): Promise<void> {
    if (this.#held !== undefined) await this.#options.journal.save(entryOf(this.#held.channel))
  }

  /** Keeps what a plan will have signed, and only then carries it out. Throws what the journal throws. */
  async commit(plan: Plan): Promise<void> {
    const { channel, tab } = this.#held as Held
    if (plan.total > channel.authorized)
      await this.#options.journal.save({ ...entryOf(channel), authorized: plan.total })
    tab.commit(plan)
  }

  /** Lets the channel go: for another session (`kept`), or for good when it is over. */
  async letGo(kept: boolean): Promise<void> {
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    if (kept) await this.#options.journal.save(entryOf(held.channel))
    else await this.#options.journal.remove(held.channel.channelId)
    await held.release()
  }

  #hold(channel: PayerChannel, release: Release): Held {
    this.#held = { channel, tab: new Tab(channel, this.#options.rules.sign.withinStep), release }
    return this.#held
  }

  async #claim(channelId: Bytes32): Promise<Release> {
    const release = await this.#options.journal.claim(channelId)
    if (release === undefined)
      throw new PolicyError('channel-in-use', `the channel ${channelId} is used by another process`)
    return release
  }
}
