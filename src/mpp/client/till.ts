/** The money operations of a session on its one channel: sign, top up, check receipts, close. */
import type { ChainClient } from '../../chain/client.ts'
import * as Uint from '../../codec/uint.ts'
import { TimeoutError } from '../../http/limits.ts'
import type { Challenge } from '../wire/challenge.ts'
import type { NeedVoucher } from '../wire/events.ts'
import type { Receipt } from '../wire/receipt.ts'
import type { SessionRequest } from '../wire/session-request.ts'
import type { PayerChannel, Signer } from './channel.ts'
import { closing } from './closing.ts'
import type { Exchange } from './exchange.ts'
import type { Confirm, Held, Keeper } from './keeper.ts'
import type { Closed, SessionEvent } from './options.ts'
import { about, firstDecline, type Policy, PolicyError } from './policy.ts'
import type { ClientRules } from './rules.ts'
import type { Claim, Plan } from './tab.ts'
import { TopUps } from './top-up.ts'
import { PaymentRefused, ServerError } from './wire.ts'

export interface TillOptions {
  chain: ChainClient
  signer: Signer
  keeper: Keeper
  exchange: Exchange
  rules: Pick<ClientRules, 'deposit' | 'sign' | 'receipt'>
  clock: () => number
  policy: () => Promise<Policy>
  tell: (event: SessionEvent) => void
  confirm: Confirm
}

/** A stream in progress, with the claim that pays for it. */
export interface PaidStream {
  url: string
  signal: AbortSignal | undefined
  claim: Claim
  held: Held
  challenge: Challenge
  terms: SessionRequest
  /** The total that an early voucher was taken for, until a question was answered by it; base units. */
  covered: bigint
  /** Whether units may still be signed for before the stream asks. */
  early: boolean
}

/** What the payee answered to a voucher, or that it did not answer. */
const isAnswer = (error: unknown): boolean =>
  error instanceof PaymentRefused || error instanceof ServerError || error instanceof TimeoutError

export class Till {
  readonly #options: TillOptions
  readonly #topUps: TopUps

  constructor(options: TillOptions) {
    this.#options = options
    this.#topUps = new TopUps(options)
  }

  /** The channel. Throws `PolicyError` `no-channel` when there is none, or none any more. */
  get held(): Held {
    const { held } = this.#options.keeper
    if (held === undefined) throw new PolicyError('no-channel', 'the session has no channel')
    return held
  }

  /** Tops up if a plan needs a larger deposit, then commits the plan. */
  async authorize(plan: Plan, terms: SessionRequest, signal: AbortSignal | undefined): Promise<void> {
    const { keeper, policy: policyOf, rules } = this.#options
    const { channel, allowed } = this.held
    const policy = await policyOf()
    if (plan.total > allowed) await keeper.makeRoom(plan.total, Uint.max(plan.total, channel.deposit))
    if (!rules.deposit.covers(plan.total, Uint.min(channel.deposit, policy.maxDeposit))) {
      const wanted = rules.deposit.topUp(plan.total, channel.deposit, policy)
      await this.topUp(wanted, plan.total - channel.deposit, terms, signal)
    }
    await keeper.commit(plan)
  }

  /** Adds to the deposit: what is wanted, or what the payer has if that is at least `least`. */
  async topUp(
    wanted: bigint,
    least: bigint,
    terms: SessionRequest,
    signal: AbortSignal | undefined,
  ): Promise<Receipt> {
    const { exchange, keeper, tell, confirm } = this.#options
    const { channel } = this.held
    const { url, deposit } = channel
    await confirm({ action: 'topUp', url, terms, amount: wanted })
    const room = await keeper.makeRoom(deposit + least, deposit + wanted)
    const { receipt, added } = await this.#topUps.add(channel, room - deposit, {
      terms,
      least,
      send: (payload) => exchange.manage('POST', { url, payload, terms: channel.terms, signal }),
    })
    this.accept(receipt)
    await keeper.save()
    await keeper.deposited()
    tell({ type: 'topUp', additionalDeposit: added, deposit: channel.deposit })
    return receipt
  }

  /** Answers a need-voucher event: top up if the deposit is short, then one voucher. */
  async answer(needed: NeedVoucher, stream: PaidStream): Promise<void> {
    try {
      await this.#answer(needed, stream)
    } catch (error) {
      throw about(error, stream.challenge)
    }
  }

  async #answer(needed: NeedVoucher, stream: PaidStream): Promise<void> {
    const { url, signal, claim, held, terms } = stream
    const { keeper, signer, exchange, rules, tell } = this.#options
    const { channel, tab } = held
    claim.asked += 1
    const declined =
      rules.sign.channel({ needed, channel }) ??
      rules.sign.withinSigned({ needed, channel }) ??
      rules.sign.asksAgain(claim)
    if (declined !== undefined) throw new PolicyError(declined.code, declined.message)
    if (keeper.held?.channel !== channel)
      throw new PolicyError('foreign-channel', 'the stream asks for a voucher on a channel that is over')
    const plan = tab.answer(claim, needed)
    const { covered } = stream
    // Whoever asks again for what was taken already is given it again.
    stream.covered = 0n
    if (plan.fresh === 0n && needed.requiredCumulative <= covered) return tab.commit(plan)
    await this.authorize(plan, terms, signal)
    const payload = await signer.voucher(channel, channel.authorized)
    try {
      this.accept(await exchange.manage('HEAD', { url, payload, terms: channel.terms, signal }))
    } catch (error) {
      if (!(error instanceof PaymentRefused)) throw error
      if (error.status === 410) await this.lookForClose(error)
      // A total that the server has already needs no other answer.
      const known = plan.fresh === 0n && /delta-too-small$/.test(error.problem?.type ?? '')
      if (!known) throw error
    }
    tell({ type: 'voucher', cumulativeAmount: channel.authorized })
  }

  /**
   * Signs for a stream's next unit before it asks. What stands in the way of that (the deposit, the caps, other requests,
   * what the payee says it charged) leaves it to the stream's question.
   */
  async ahead(stream: PaidStream): Promise<void> {
    const { keeper, policy: policyOf, rules, signer, exchange, tell } = this.#options
    const { url, signal, claim, held, terms } = stream
    const { channel, tab } = held
    if (!stream.early || keeper.held?.channel !== channel) return
    const { maxDeposit } = await policyOf()
    const plan = tab.ahead(claim, terms.amount, rules.sign.withinAhead)
    if (plan === undefined || plan.total > held.allowed) return
    if (plan.fresh < (terms.methodDetails.minVoucherDelta ?? 0n)) return
    if (!rules.deposit.covers(plan.total, Uint.min(channel.deposit, maxDeposit))) return
    const counted = channel.delivered
    await keeper.commit(plan)
    const payload = await signer.voucher(channel, plan.total)
    try {
      const receipt = await exchange.manage('HEAD', { url, payload, terms: channel.terms, signal })
      const { acceptedCumulative, spent } = this.accept(receipt, channel)
      stream.covered = acceptedCumulative
      // Events that cost nothing were counted as units: their number is no measure of what may be signed.
      if (spent < counted) stream.early = false
    } catch (error) {
      // The answer to the stream's question will be the same voucher, and its refusal is told.
      if (!(isAnswer(error) || signal?.aborted)) throw error
      stream.early = false
      return
    }
    tell({ type: 'voucher', cumulativeAmount: plan.total })
  }

  /** Marks the channel as known to the payee; from here on `url` is where it is closed. */
  async confirm(url: string): Promise<void> {
    const { channel } = this.held
    if (channel.phase === 'open') return
    channel.phase = 'open'
    channel.unconfirmed = undefined
    channel.url = url
    await this.#options.keeper.save()
  }

  /**
   * Checks a receipt and returns it. Throws `PolicyError` when it names another channel or claims more than was signed.
   */
  accept<R extends Receipt | undefined>(receipt: R, channel: PayerChannel = this.held.channel): R {
    if (receipt === undefined) return receipt
    const { rules, tell } = this.#options
    const declined = firstDecline(rules.receipt, { receipt, channel })
    if (declined !== undefined) throw new PolicyError(declined.code, declined.message)
    tell({ type: 'receipt', receipt })
    return receipt
  }

  /** Asks the payee to close; undefined when there is nothing to close. */
  async close(signal: AbortSignal | undefined): Promise<Closed | undefined> {
    const { clock, keeper, signer, exchange } = this.#options
    const { held } = keeper
    if (held === undefined) return undefined
    const closed = await closing(held.channel, {
      contract: signer.contractOf(held.channel),
      clock,
      begin: () => keeper.save(),
      send: async () => {
        const payload = await signer.close(held.channel)
        const { url, terms } = held.channel
        return this.accept(await exchange.manage('POST', { url, payload, terms, signal }))
      },
    })
    if (closed !== undefined) await this.#over(closed)
    return closed
  }

  /** Throws `refusal` when the channel is closed on chain; the channel is then removed from the journal. */
  async lookForClose(refusal: PaymentRefused): Promise<void> {
    const { signer, clock } = this.#options
    const { channel } = this.held
    const closed = await closing(channel, { contract: signer.contractOf(channel), clock })
    if (closed === undefined) return
    await this.#over(closed)
    throw refusal
  }

  async #over(closed: Closed): Promise<void> {
    await this.#options.keeper.letGo(closed.paid)
    this.#options.tell({ type: 'closed', ...closed })
  }
}
