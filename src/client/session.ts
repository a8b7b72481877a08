/**
 * A payer's side of tempo sessions.
 *
 * ```ts
 * const pay = session({ account, chain, maxDeposit: '1' })
 * for await (const word of pay.sse('http://localhost:3000/poem')) process.stdout.write(`${word} `)
 * const receipt = await pay.close()
 * ```
 *
 * One session is one channel: opened at the first paid request, topped up when the deposit is short, closed once.
 * A request that fails is never paid for a second time by opening a second channel.
 */
import { ChainClient } from '../chain/client.ts'
import type { Rpc } from '../chain/rpc.ts'
import { pathUsd } from '../channel/token.ts'
import type { Address, Bytes32 } from '../codec/hex.ts'
import * as Hex from '../codec/hex.ts'
import * as Sse from '../codec/sse.ts'
import * as Uint from '../codec/uint.ts'
import * as Challenge from '../mpp/challenge.ts'
import * as Events from '../mpp/events.ts'
import type { Open, Payload } from '../mpp/payload.ts'
import type { Receipt } from '../mpp/receipt.ts'
import type { SessionRequest } from '../mpp/session-request.ts'
import * as Source from '../mpp/source.ts'
import type { Account } from '../mpp/voucher.ts'
import { type PayerChannel, Signer } from './channel.ts'
import { agree, agreeToSign, openingDeposit, type Policy, PolicyError, topUpAmount } from './policy.ts'
import { type PaymentRefused, receiptOf, refusalOf, usableChallenge, withCredential } from './wire.ts'

/** What happens in a session, as it happens. Amounts in base units. */
export type SessionEvent =
  | { type: 'challenge'; terms: SessionRequest }
  | { type: 'open'; channelId: Bytes32; deposit: bigint }
  | { type: 'voucher'; cumulativeAmount: bigint }
  | { type: 'topUp'; additionalDeposit: bigint; deposit: bigint }
  | { type: 'receipt'; receipt: Receipt }
  | { type: 'closed'; receipt: Receipt; paid: bigint; refunded: bigint }

export interface SessionOptions {
  account: Account
  chain: Rpc
  /** Most that may be deposited and signed for, in tokens. */
  maxDeposit: string
  /** Tokens to pay in; default pathUSD. */
  currencies?: readonly Address[]
  /** Who may be paid; default anyone. */
  recipients?: readonly Address[]
  /** Units one event may cost; default 1. */
  unitsPerEvent?: number
  fetch?: typeof globalThis.fetch
  clock?: () => number
  /** 32 random bytes. */
  salt?: () => Bytes32
  onEvent?: (event: SessionEvent) => void
}

export interface Session {
  /** Fetches a resource that costs one unit. */
  fetch(url: string, init?: RequestInit): Promise<Response>
  /** The data of a paid stream's events, paying as it goes. */
  sse(url: string, init?: RequestInit): AsyncIterable<string>
  /** Adds to the deposit, in tokens. */
  topUp(amount: string): Promise<Receipt>
  /** Closes the channel and answers the receipt; undefined when nothing was opened. */
  close(): Promise<Receipt | undefined>
  /** The channel, once there is one. */
  readonly channel: Readonly<PayerChannel> | undefined
}

const randomSalt = (): Bytes32 => Hex.encode(crypto.getRandomValues(new Uint8Array(32)))

/** Builds a session; nothing is sent or signed yet. */
export function session(options: SessionOptions): Session {
  return new PayingSession(options)
}

class PayingSession implements Session {
  readonly #options: SessionOptions
  readonly #chain: ChainClient
  readonly #signer: Signer
  readonly #clock: () => number
  readonly #fetch: typeof globalThis.fetch
  #channel: PayerChannel | undefined
  /** The open credential until the server has confirmed it: sent again rather than replaced. */
  #unconfirmed: Open | undefined
  #challenge: Challenge.Challenge | undefined
  #terms: SessionRequest | undefined
  #url = ''

  constructor(options: SessionOptions) {
    this.#options = options
    this.#clock = options.clock ?? Date.now
    this.#chain = new ChainClient(options.chain, { clock: this.#clock })
    this.#signer = new Signer(options.account, this.#chain)
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis)
  }

  get channel(): Readonly<PayerChannel> | undefined {
    return this.#channel
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const { response, paid } = await this.#paid(url, init)
    if (paid && response.ok) {
      this.#delivered(1)
      this.#accept(receiptOf(response))
    }
    return response
  }

  async *sse(url: string, init: RequestInit = {}): AsyncGenerator<string, void, undefined> {
    const headers = new Headers(init.headers)
    headers.set('accept', 'text/event-stream')
    const { response, paid } = await this.#paid(url, { ...init, headers })
    if (!response.ok) throw await refusalOf('stream', response)
    if (
      !response.headers.get('content-type')?.toLowerCase().startsWith('text/event-stream') ||
      response.body === null
    )
      throw new TypeError(`${url} does not answer an event stream`)
    if (paid) this.#accept(receiptOf(response))
    for await (const event of Sse.decode(response.body as unknown as AsyncIterable<Uint8Array>)) {
      if (event.event === Events.needVoucherEvent) await this.#answer(Events.decodeNeedVoucher(event.data))
      else if (event.event === Events.receiptEvent) this.#accept(Events.decodeReceipt(event.data))
      else {
        if (paid) this.#delivered(this.#options.unitsPerEvent ?? 1)
        yield event.data
      }
    }
  }

  async topUp(amount: string): Promise<Receipt> {
    const additionalDeposit = Uint.fromDecimal(amount)
    const channel = this.#open()
    const { maxDeposit } = await this.#policy()
    if (channel.deposit + additionalDeposit > maxDeposit)
      throw new PolicyError('over-budget', `a deposit above ${Uint.toDecimal(maxDeposit)} is over budget`)
    return this.#topUp(additionalDeposit)
  }

  async close(): Promise<Receipt | undefined> {
    const channel = this.#channel
    if (channel === undefined || (await this.#neverOpened(channel))) return undefined
    const receipt = await this.#manage('POST', () => this.#signer.close(channel))
    const bill = await this.#bill(channel, receipt)
    this.#channel = undefined
    this.#options.onEvent?.({ type: 'closed', receipt, ...bill })
    return receipt
  }

  /** Whether the open was refused before it reached the chain: then there is nothing to close. */
  async #neverOpened({ channelId }: PayerChannel): Promise<boolean> {
    return this.#unconfirmed !== undefined && (await this.#chain.channel(channelId)).deposit === 0n
  }

  /** Sends a request with whatever payment it needs; at most one channel is opened. */
  async #paid(url: string, init: RequestInit): Promise<{ response: Response; paid: boolean }> {
    this.#url = url
    if (this.#channel === undefined) {
      const asked = await this.#fetch(url, init)
      if (asked.status !== 402) return { response: asked, paid: false }
      await asked.body?.cancel()
      await this.#agree(usableChallenge(asked))
      await this.#prepareOpen()
    }
    const response = await this.#attempt(url, init)
    if (response.status !== 402) return { response, paid: true }
    const fresh = usableChallenge(response)
    const refusal = await refusalOf('payment', response)
    await this.#agree(fresh)
    if (!(await this.#mayTryAgain(refusal))) throw refusal
    return { response: await this.#attempt(url, init), paid: true }
  }

  /** One paid request. One whose answer got lost may have been charged, so its unit counts as delivered. */
  async #attempt(url: string, init: RequestInit): Promise<Response> {
    const payload = await this.#contentPayload()
    try {
      const response = await this.#send(url, init, payload)
      if (response.ok) this.#unconfirmed = undefined
      return response
    } catch (error) {
      this.#delivered(1)
      throw error
    }
  }

  /** A challenge that no longer holds is replaced; an open that did arrive, unheard, is followed by a voucher. */
  async #mayTryAgain({ problem }: PaymentRefused): Promise<boolean> {
    if (isAboutChallenge(problem?.type)) return true
    if (this.#unconfirmed === undefined || (await this.#neverOpened(this.#open()))) return false
    this.#unconfirmed = undefined
    return true
  }

  async #prepareOpen(): Promise<void> {
    const terms = this.#terms as SessionRequest
    const deposit = openingDeposit(terms, await this.#policy())
    const figures = { deposit, cumulativeAmount: terms.amount, salt: (this.#options.salt ?? randomSalt)() }
    const { channel, payload } = await this.#signer.open(terms, figures)
    this.#channel = channel
    this.#unconfirmed = payload
    this.#options.onEvent?.({ type: 'open', channelId: channel.channelId, deposit })
  }

  /** The open, until it is confirmed; then a voucher that covers one more unit. */
  async #contentPayload(): Promise<Payload> {
    if (this.#unconfirmed !== undefined) return this.#unconfirmed
    const channel = this.#open()
    const terms = this.#terms as SessionRequest
    const policy = await this.#policy()
    const needed = Uint.max(channel.authorized, channel.delivered + terms.amount)
    agreeToSign(needed, channel, terms, policy)
    if (needed > channel.deposit) await this.#topUp(topUpAmount(needed, channel.deposit, terms, policy))
    return this.#signer.voucher(channel, needed)
  }

  /** Answers a need-voucher event: top up if the deposit is short, then one voucher. */
  async #answer(needed: Events.NeedVoucher): Promise<void> {
    const channel = this.#open()
    const terms = this.#terms as SessionRequest
    if (needed.channelId !== channel.channelId)
      throw new PolicyError('foreign-channel', 'the stream asks for a voucher on another channel')
    const policy = await this.#policy()
    const required = needed.requiredCumulative
    agreeToSign(required, channel, terms, policy, this.#options.unitsPerEvent)
    if (required > channel.deposit) await this.#topUp(topUpAmount(required, channel.deposit, terms, policy))
    this.#accept(await this.#manage('HEAD', () => this.#signer.voucher(channel, required)))
    this.#options.onEvent?.({ type: 'voucher', cumulativeAmount: required })
  }

  async #topUp(additionalDeposit: bigint): Promise<Receipt> {
    const channel = this.#open()
    const receipt = await this.#manage('POST', () =>
      this.#signer.topUp(channel, additionalDeposit, this.#terms as SessionRequest),
    )
    // The chain is the authority on the deposit, not the receipt.
    channel.deposit = (await this.#chain.channel(channel.channelId)).deposit
    this.#options.onEvent?.({ type: 'topUp', additionalDeposit, deposit: channel.deposit })
    return receipt
  }

  /**
   * Sends a credential that wants no content. A refused challenge is replaced once, and a server that does not
   * know the method is asked by POST.
   */
  async #manage(method: 'HEAD' | 'POST', build: () => Promise<Payload>): Promise<Receipt> {
    const payload = await build()
    let response = await this.#send(this.#url, { method }, payload)
    if (method === 'HEAD' && [404, 405, 501].includes(response.status))
      response = await this.#send(this.#url, { method: 'POST' }, payload)
    if (response.status === 402) {
      const fresh = usableChallenge(response)
      const wasExpired = Challenge.isExpired(this.#challenge as Challenge.Challenge, this.#clock())
      const refusal = await refusalOf(payload.action, response)
      await this.#agree(fresh)
      if (!wasExpired && !isAboutChallenge(refusal.problem?.type)) throw refusal
      response = await this.#send(this.#url, { method: 'POST' }, payload)
    }
    if (!response.ok) throw await refusalOf(payload.action, response)
    const receipt = receiptOf(response)
    await response.body?.cancel()
    if (receipt === undefined) throw new TypeError(`${payload.action} was answered without a receipt`)
    this.#accept(receipt)
    return receipt
  }

  async #send(url: string, init: RequestInit, payload: Payload): Promise<Response> {
    const challenge = this.#challenge as Challenge.Challenge
    const source = Source.encode({ chainId: await this.#chain.chainId(), address: this.#signer.address })
    return this.#fetch(url, { ...init, headers: withCredential(init.headers, challenge, payload, source) })
  }

  async #agree(challenge: Challenge.Challenge): Promise<void> {
    const terms = agree(challenge, await this.#policy(), this.#clock())
    const channel = this.#channel
    if (
      channel !== undefined &&
      (terms.recipient !== channel.descriptor.payee || terms.currency !== channel.descriptor.token)
    )
      throw new PolicyError(
        'unexpected-recipient',
        'the resource is paid on another channel than this session has',
        challenge,
      )
    if (this.#terms === undefined) this.#options.onEvent?.({ type: 'challenge', terms })
    this.#challenge = challenge
    this.#terms = terms
  }

  async #policy(): Promise<Policy> {
    const { maxDeposit, currencies = [pathUsd], recipients } = this.#options
    const policy: Policy = {
      chainId: await this.#chain.chainId(),
      maxDeposit: Uint.fromDecimal(maxDeposit),
      currencies,
    }
    if (recipients !== undefined) policy.recipients = recipients
    return policy
  }

  #open(): PayerChannel {
    if (this.#channel === undefined) throw new TypeError('the session has no channel yet')
    return this.#channel
  }

  #delivered(units: number): void {
    this.#open().delivered += (this.#terms as SessionRequest).amount * BigInt(units)
  }

  /** A receipt is a claim: it may not say more than was signed. */
  #accept(receipt: Receipt | undefined): void {
    if (receipt === undefined) return
    const channel = this.#open()
    if (receipt.channelId !== channel.channelId)
      throw new PolicyError('foreign-channel', 'the receipt is for another channel')
    if (receipt.spent > channel.authorized || receipt.acceptedCumulative > channel.authorized)
      throw new PolicyError(
        'overcharged',
        `the receipt says ${receipt.spent} was spent, ${channel.authorized} was signed`,
      )
    this.#options.onEvent?.({ type: 'receipt', receipt })
  }

  /** What the chain says was captured and refunded. */
  async #bill(channel: PayerChannel, receipt: Receipt): Promise<{ paid: bigint; refunded: bigint }> {
    if (receipt.txHash === undefined) throw new TypeError('the close was answered without a transaction')
    const { events } = await this.#chain.receipt(receipt.txHash)
    const closed = events.find(
      (event) => event.name === 'ChannelClosed' && event.channelId === channel.channelId,
    )
    if (closed?.name !== 'ChannelClosed')
      throw new TypeError('the close transaction does not close the channel')
    return { paid: closed.settledToPayee, refunded: closed.refundedToPayer }
  }
}

/** Whether a problem is mended by answering a fresh challenge with the same payment. */
const isAboutChallenge = (type: string | undefined): boolean =>
  /\/(invalid-challenge|payment-expired|challenge-not-found)$/.test(type ?? '')
