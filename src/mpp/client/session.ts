/**
 * A payer's side of tempo sessions.
 *
 * ```ts
 * const pay = session({ account, chain, maxDeposit: '1' })
 * for await (const word of pay.sse('http://localhost:3000/poem')) process.stdout.write(`${word} `)
 * const closed = await pay.close()
 * ```
 *
 * One session uses one channel with one origin: opened at the first paid request, topped up when the deposit is too
 * low, closed once. Concurrent requests run one after the other until their answers begin. A request whose outcome is
 * unknown is repeated with the same credential and the same Idempotency-Key; no second channel is opened for it.
 */
import { liveDeposit } from '../../chain/channel-contract/face.ts'
import { ChainClient } from '../../chain/client.ts'
import * as Hex from '../../codec/hex.ts'
import * as Uint from '../../codec/uint.ts'
import { pathUsd } from '../../contracts/token.ts'
import { keptFetch } from '../../http/kept-head.ts'
import { defaultLimits, drop, sleep } from '../../http/limits.ts'
import * as Problem from '../wire/problem.ts'
import type { Receipt } from '../wire/receipt.ts'
import * as Source from '../wire/source.ts'
import { Budget } from './budget.ts'
import { type Call, prepare } from './call.ts'
import { type PayerChannel, Signer } from './channel.ts'
import { EarlyVouchers } from './early.ts'
import { Exchange, freshOffer } from './exchange.ts'
import { Http } from './http.ts'
import { memoryJournal } from './journal.ts'
import { type Held, Keeper } from './keeper.ts'
import { type Offer, Offers } from './offers.ts'
import type { Closed, Confirmation, Purchase, Session, SessionEvent, SessionOptions } from './options.ts'
import { about, type Policy, PolicyError, stepOf } from './policy.ts'
import { Queue } from './queue.ts'
import { type ClientRules, withRules } from './rules.ts'
import { isStream, paidEvents } from './stream.ts'
import type { Claim } from './tab.ts'
import { type PaidStream, Till } from './till.ts'
import { capsOf } from './totals.ts'
import { PaymentRefused, receiptOf, refusalOf, ServerError } from './wire.ts'

export type {
  Closed,
  Confirmation,
  Purchase,
  Session,
  SessionEvent,
  SessionOptions,
  TermsChange,
} from './options.ts'

const randomSalt = (): Hex.Bytes32 => Hex.encode(crypto.getRandomValues(new Uint8Array(32)))

/**
 * Builds a session of `account` on `chain`, bounded by `maxDeposit` (tokens per channel). Nothing is sent or signed
 * before the first request. Throws `DecodeError` when `maxDeposit`, `maxPerHost` or `maxTotal` is not a decimal amount
 * of at most six places. An invalid `maxPrice` throws at the first request that is answered 402. The session's methods
 * reject with `PolicyError`, `PaymentRefused` or `ServerError`, with `TimeoutError` after a limit, and with `RpcError`
 * or `RpcUnreachable` when the node fails.
 */
export function session(options: SessionOptions): Session {
  return new PayingSession(options)
}

class PayingSession implements Session {
  readonly #options: SessionOptions
  readonly #rules: ClientRules
  readonly #limits
  readonly #chain: ChainClient
  readonly #signer: Signer
  readonly #http: Http
  readonly #offers: Offers
  readonly #exchange: Exchange
  readonly #keeper: Keeper
  readonly #till: Till
  readonly #queue = new Queue()

  constructor(options: SessionOptions) {
    const { account, chain, fetch = keptFetch } = options
    const { clock = Date.now, journal = memoryJournal(), salt = randomSalt } = options
    Uint.fromDecimal(options.maxDeposit)
    const caps = capsOf(options)
    this.#options = options
    this.#rules = withRules(options.rules)
    const limits = { ...defaultLimits, ...options.limits }
    this.#limits = limits
    this.#chain = new ChainClient(chain, { clock })
    this.#signer = new Signer({ account, delegate: options.signer, chain: this.#chain, rules: this.#rules })
    this.#http = new Http(fetch, limits, this.#rules.redirect)
    const offers = new Offers({
      policy: () => this.#policy(),
      clock,
      rules: this.#rules,
      onTerms: options.onTerms,
      onAgreed: (terms) => this.#tell({ type: 'challenge', terms }),
    })
    this.#offers = offers
    const source = async () =>
      Source.encode({ chainId: await this.#chain.chainId(), address: this.#signer.address })
    const http = this.#http
    const rules = this.#rules
    const exchanging = { http, offers, limits, clock, rules, source, sleep: options.sleep ?? sleep }
    this.#exchange = new Exchange(exchanging)
    const budget = new Budget({ journal, caps, clock, rules })
    const confirm = (question: Confirmation) => this.#confirm(question)
    const chained = { chain: this.#chain, signer: this.#signer, clock, rules, confirm }
    this.#keeper = new Keeper({ ...chained, journal, salt, budget })
    this.#till = new Till({
      ...chained,
      keeper: this.#keeper,
      exchange: this.#exchange,
      policy: () => this.#policy(),
      tell: (event) => this.#tell(event),
    })
  }

  get channel(): Readonly<PayerChannel> | undefined {
    return this.#keeper.held?.channel
  }

  async buy(url: string, init: RequestInit = {}): Promise<Purchase> {
    const accept = new Headers(init.headers).get('accept') ?? ''
    return this.#buy(url, init, accept.toLowerCase().includes('text/event-stream'))
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    return (await this.#buy(url, init, false)).response
  }

  async *sse(url: string, init: RequestInit = {}): AsyncGenerator<string, void, undefined> {
    const headers = new Headers(init.headers)
    headers.set('accept', 'text/event-stream')
    const { response, events } = await this.#buy(url, { ...init, headers }, true)
    if (!response.ok) throw await refusalOf('stream', response, this.#limits)
    if (events === undefined) {
      await drop(response)
      throw new ServerError('no-stream', `${url} does not answer an event stream`)
    }
    yield* events
  }

  async topUp(amount: string, options: { signal?: AbortSignal } = {}): Promise<Receipt> {
    const signal = this.#signal(options.signal)
    const additional = Uint.fromDecimal(amount)
    return this.#queue.run(async () => {
      const { channel } = this.#till.held
      const { maxDeposit } = await this.#policy()
      if (channel.deposit + additional > maxDeposit)
        throw new PolicyError('over-budget', `a deposit above ${Uint.toDecimal(maxDeposit)} is over budget`)
      return this.#till.topUp(additional, additional, channel.terms, signal)
    }, signal)
  }

  close({ signal }: { signal?: AbortSignal } = {}): Promise<Closed | undefined> {
    return this.#queue.run(async () => {
      await this.#adopt()
      return this.#till.close(signal)
    }, signal)
  }

  leave(): Promise<void> {
    return this.#queue.run(() => this.#keeper.letGo())
  }

  /** Asks for a price where none is known, then pays in turn. */
  async #buy(url: string, init: RequestInit, streaming: boolean): Promise<Purchase> {
    const signal = this.#signal(init.signal)
    const call = { ...(await prepare(url, init, this.#limits.maxRequestBytes)), signal }
    let offer = this.#keeper.held === undefined ? undefined : this.#offers.find(call)
    if (offer === undefined) {
      const { response, url: at } = await this.#http.send(call)
      if (response.status !== 402) return this.#unpaid(response, call)
      await drop(response)
      const { held } = this.#keeper
      if (held !== undefined) this.#checkOrigin(held.channel, at)
      offer = await this.#offers.take(response, call, held?.channel.terms)
    }
    const agreed = offer
    try {
      return await this.#queue.run(() => this.#purchase(call, agreed, streaming), call.signal)
    } catch (error) {
      throw about(error, agreed.challenge)
    }
  }

  #unpaid(response: Response, { signal }: Call): Purchase {
    if (!response.ok || !isStream(response)) return { response, paid: false }
    const { idleTimeoutMs } = this.#limits
    return { response, paid: false, events: paidEvents(response, { idleTimeoutMs, signal }) }
  }

  /** One paid request: resolves when its answer begins. */
  async #purchase(call: Call, offer: Offer, streaming: boolean): Promise<Purchase> {
    const held = await this.#channelFor(offer, call.url)
    this.#exchange.login = call.headers.get('authorization') ?? undefined
    const { tab } = held
    const step = streaming ? stepOf(offer.terms, await this.#policy()) : offer.terms.amount
    const claim = tab.begin(step, streaming)
    let response: Response
    try {
      const opening = held.channel.unconfirmed !== undefined
      response = await this.#paid(call, offer, claim)
      if (opening && boughtNothing(call, response)) {
        await drop(response)
        // Another request, so another key: the first one is answered.
        response = await this.#paid({ ...call, key: `${call.key}-2` }, offer, claim)
      }
    } catch (error) {
      const declined = error instanceof PaymentRefused || error instanceof PolicyError
      tab.end(claim, declined ? 'refused' : 'unknown')
      throw error
    }
    if (response.ok && streaming && isStream(response)) {
      const { url, signal } = call
      const early = this.#options.ahead === 1
      const events = this.#events(response, { url, signal, claim, held, ...offer, covered: 0n, early })
      return { response, paid: true, events }
    }
    // An answer without a receipt may have been free: what was signed for it is offered again.
    if (response.ok && response.headers.has('payment-receipt')) tab.deliver(claim, claim.open)
    if (response.ok) tab.serve(claim)
    else tab.end(claim, 'unknown')
    return { response, paid: true }
  }

  /** Pays, and mends the payment when the server says what is wrong with it. */
  async #paid(call: Call, first: Offer, claim: Claim): Promise<Response> {
    let offer = first
    let raise = 0n
    for (let mends = 0; ; mends++) {
      const { methodDetails, amount } = offer.terms
      const { tab, channel } = this.#till.held
      // The price may have risen with the payer's consent.
      const step = Uint.max(claim.step, amount)
      claim.step = Uint.max(step, amount + raise)
      const plan = tab.plan(claim, amount + raise, methodDetails.minVoucherDelta)
      claim.step = step
      await this.#till.authorize(plan, offer.terms, call.signal)
      const payload = channel.unconfirmed ?? (await this.#signer.voucher(channel, channel.authorized))
      const { response, url } = await this.#exchange.pay(call, offer, payload, call.key)
      if (response.ok) await this.#till.confirm(url)
      // The resource is gone, or the channel is: the chain knows.
      if (response.status === 410) await this.#till.lookForClose(new PaymentRefused('payment', 410))
      if (response.status !== 402) {
        this.#till.accept(receiptOf(response))
        return response
      }
      const refusal = await refusalOf('payment', response, this.#limits)
      offer = await freshOffer(this.#offers.take(response, call, channel.terms), refusal)
      const { problem } = refusal
      // Some servers refuse a repeat, though it pays: then the least more is signed, once a request.
      const repeated = problem !== undefined && Problem.slug(problem) === 'session/delta-too-small'
      if (raise === 0n && repeated && channel.unconfirmed === undefined) {
        raise = Uint.max(1n, methodDetails.minVoucherDelta ?? 0n)
        continue
      }
      if (!this.#rules.retry.mends({ problem, mends })) throw refusal
      if (!(await this.#mend(refusal, claim, amount))) throw refusal
    }
  }

  /**
   * Whether a refused payment may be made again: under a fresh challenge, with a new claim because another request
   * spent the old one, after the deposit was raised, or by a voucher because the open had arrived although its answer
   * was lost.
   */
  async #mend(refusal: PaymentRefused, claim: Claim, amount: bigint): Promise<boolean> {
    const { channel, tab } = this.#till.held
    const { retry } = this.#rules
    if (retry.freshChallenge(refusal)) return true
    const deposit = liveDeposit(await this.#signer.contractOf(channel).slot(channel.channelId))
    if (channel.unconfirmed !== undefined) {
      if (deposit === 0n) return false
      await this.#till.confirm(channel.url)
      return true
    }
    if (retry.spentElsewhere(refusal)) return tab.spentElsewhere(claim, amount)
    const mistaken = retry.otherDeposit(refusal) && deposit !== channel.deposit
    channel.deposit = deposit
    return mistaken
  }

  /** The data of a paid stream: its questions are answered in turn, its units counted as they come. */
  #events(response: Response, stream: PaidStream): AsyncGenerator<string, void, undefined> {
    const { claim, held, signal } = stream
    const { tab } = held
    const { unitEvents = ['message'] } = this.#options
    const turn = <T>(work: () => Promise<T>) => this.#queue.run(work, signal)
    const early = stream.early ? new EarlyVouchers(() => this.#till.ahead(stream), turn) : undefined
    let last: Receipt | undefined
    const events = paidEvents(response, {
      idleTimeoutMs: this.#limits.idleTimeoutMs,
      signal,
      onNeedVoucher: (needed) =>
        turn(async () => {
          early?.check()
          await this.#till.answer(needed, stream)
        }),
      onReceipt: (receipt) => {
        last = this.#till.accept(receipt, held.channel)
      },
      onUnit: (name) => {
        if (!unitEvents.includes(name)) return
        tab.deliver(claim, claim.step)
        early?.unit()
      },
      onEnd: (whole) => {
        tab.end(claim, 'unknown')
        if (whole && last !== undefined) tab.correct(last.spent)
      },
    })
    return early === undefined ? events : early.around(events)
  }

  /** The session's channel: there already, found in the journal, or new. */
  async #channelFor(offer: Offer, url: string): Promise<Held> {
    const { held } = this.#keeper
    if (held !== undefined) {
      this.#checkOrigin(held.channel, url)
      return held
    }
    const found = (await this.#adopt()) ?? (await this.#known(offer, url))
    if (found !== undefined) {
      this.#checkOrigin(found.channel, url)
      const { channelId, deposit, authorized } = found.channel
      this.#tell({ type: 'resume', channelId, deposit, authorized })
      return found
    }
    const policy = await this.#policy()
    const { depositUnits } = this.#options
    const bounds = depositUnits === undefined ? policy : { ...policy, depositUnits }
    const opened = await this.#keeper.open(offer, url, bounds)
    const { channelId, deposit } = opened.channel
    this.#tell({ type: 'open', channelId, deposit, choice: opened.choice })
    return opened
  }

  /** A channel of the journal, or else the one that the offer suggests. */
  async #known(offer: Offer, url: string): Promise<Held | undefined> {
    const kept = await this.#keeper.find(offer, url)
    return kept ?? this.#keeper.suggested(offer, url, (await this.#policy()).maxDeposit)
  }

  /** Takes the channel given by the option `resume`, once. */
  async #adopt(): Promise<Held | undefined> {
    const { resume } = this.#options
    if (resume === undefined || this.#keeper.held !== undefined || this.#resumed) return undefined
    this.#resumed = true
    return this.#keeper.adopt(resume)
  }
  #resumed = false

  /** The session's signal, and a request's own. */
  #signal(own: AbortSignal | null | undefined): AbortSignal | undefined {
    const signals = [this.#options.signal, own].filter((signal) => signal !== undefined && signal !== null)
    return signals.length < 2 ? signals[0] : AbortSignal.any(signals)
  }

  async #policy(): Promise<Policy> {
    const { maxDeposit, maxPrice, currencies = [pathUsd], chains } = this.#options
    const { escrows, recipients, unitsPerEvent } = this.#options
    return {
      chainId: await this.#chain.chainId(),
      maxDeposit: Uint.fromDecimal(maxDeposit),
      currencies,
      ...(maxPrice === undefined ? {} : { maxPrice: Uint.fromDecimal(maxPrice) }),
      ...(chains === undefined ? {} : { chains }),
      ...(escrows === undefined ? {} : { escrows }),
      ...(recipients === undefined ? {} : { recipients }),
      ...(unitsPerEvent === undefined ? {} : { unitsPerEvent }),
    }
  }

  /** Throws `PolicyError` `foreign-origin`. */
  #checkOrigin({ url: opened }: PayerChannel, url: string): void {
    const declined = this.#rules.terms.sameOrigin({ opened, url })
    if (declined !== undefined) throw new PolicyError(declined.code, declined.message)
  }

  /** Throws `PolicyError` `not-confirmed`. */
  async #confirm(question: Confirmation): Promise<void> {
    const { confirm } = this.#options
    if (confirm === undefined || (await confirm(question))) return
    const what = question.action === 'open' ? 'a deposit' : 'an addition to the deposit'
    throw new PolicyError('not-confirmed', `${what} of ${Uint.toDecimal(question.amount)} was not confirmed`)
  }

  #tell(event: SessionEvent): void {
    this.#options.onEvent?.(event)
  }
}

/** Some servers answer an open with its receipt alone, and charge nothing: what was asked for takes a voucher. */
const boughtNothing = ({ method }: Call, response: Response): boolean =>
  response.ok && ['GET', 'HEAD'].includes(method) && !isStream(response) && receiptOf(response)?.spent === 0n
