/** A channel of the kit with the server under test: signs, sends, and reads back where the money stands. */

import type { Receipt } from '../../../../src/chain/client.ts'
import type { Bytes32 } from '../../../../src/codec/hex.ts'
import * as Uint from '../../../../src/codec/uint.ts'
import * as CloseAuthorization from '../../../../src/contracts/close-authorization.ts'
import type { Descriptor } from '../../../../src/contracts/descriptor.ts'
import type * as Reserve from '../../../../src/contracts/reserve.ts'
import * as Voucher from '../../../../src/contracts/voucher.ts'
import type { KeyAccount } from '../../../../src/keys/accounts.ts'
import { keccak256 } from '../../../../src/keys/keccak.ts'
import type { Challenge } from '../../../../src/mpp/wire/challenge.ts'
import * as Payload from '../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../harness/http.ts'
import type { Figures } from '../../../kit/trace.ts'
import { Blocked } from '../../../kit/verdict.ts'
import type { Backing, Calls } from './backing.ts'
import { patiently } from './patience.ts'
import type { Payer } from './payer.ts'
import { StreamUnderTest } from './stream.ts'
import { receiptOf, type SendOptions } from './subject.ts'

/** The server's books, as its receipts tell them. */
export interface Books {
  accepted: bigint
  spent: bigint
}

export class ChannelUnderTest {
  readonly payer: Payer
  readonly id: Bytes32
  readonly descriptor: Descriptor
  /** The contract it lives in. */
  readonly backing: Backing
  deposit: bigint
  /** Who signs its vouchers. */
  signer: KeyAccount
  /** Highest amount of a voucher the server took. */
  accepted = 0n
  /** Every amount it took: a v1 close captures one of them. */
  readonly signed: bigint[] = []
  /** Price of what was received in whole responses. */
  bought = 0n
  readonly #streams: StreamUnderTest[] = []
  /** Streams the kit cut off: each may have one unit charged and not received. */
  cutOff = 0
  /** Why what was delivered cannot be counted, if it cannot. */
  unjudged: string | undefined
  /** What was last written into the trace. */
  #recorded = ''
  readonly #heard: { spent?: string; settled?: string } = {}

  constructor(payer: Payer, id: Bytes32, descriptor: Descriptor, backing: Backing, deposit: bigint) {
    this.payer = payer
    this.id = id
    this.descriptor = descriptor
    this.backing = backing
    this.deposit = deposit
    this.signer = payer.account
  }

  /** Price of what was received on streams and in responses, in base units; an event of a unit stands for all of it. */
  get worth(): bigint {
    return this.#worth(({ counted }) => counted)
  }

  /** As `worth`, of what cannot have been free. */
  get surelyWorth(): bigint {
    return this.#worth(({ certain }) => certain)
  }

  #worth(count: (stream: StreamUnderTest) => number): bigint {
    const { units } = this.payer.subject
    return this.#streams.reduce((total, stream) => total + units(count(stream)), this.bought)
  }

  /** Units received, at the price of the resource its payer is for. */
  get delivered(): number {
    return Number(this.worth / this.payer.subject.units(1))
  }

  /** Units that `stream` may count at most: what was paid for and did not come on another one. */
  paidFor(stream: StreamUnderTest): number {
    const { units } = this.payer.subject
    return Number((this.accepted - (this.worth - units(stream.counted))) / units(1))
  }

  /** Counts the units of a stream from now on. */
  follow(stream: StreamUnderTest): void {
    this.#streams.push(stream)
  }

  /** What its vouchers are signed under. */
  get domain(): Voucher.Domain {
    return this.backing.domain
  }

  /** What names it in every payload. */
  get named(): { channelId: Bytes32; descriptor?: Descriptor } {
    const { id: channelId, descriptor } = this
    return this.domain.protocol === 'v1' ? { channelId } : { channelId, descriptor }
  }

  /** The same names with their hex written otherwise. */
  spelt(spell: (hex: string) => string): object {
    const { channelId, descriptor } = this.named
    if (descriptor === undefined) return { channelId: spell(channelId) }
    const described = Object.entries(descriptor).map(([name, hex]) => [name, spell(hex)])
    return { channelId: spell(channelId), descriptor: Object.fromEntries(described) }
  }

  /**
   * Writes where the money stands into the trace, when it has changed since the last time. `heard` is what the server
   * or the chain says; the rest is the kit's own knowledge.
   */
  record(heard: { spent?: bigint | undefined; settled?: bigint } = {}): void {
    const { recorder } = this.payer.subject
    for (const name of ['spent', 'settled'] as const)
      if (heard[name] !== undefined) this.#heard[name] = String(heard[name])
    const figures: Figures = {
      deposit: String(this.deposit),
      accepted: String(this.accepted),
      delivered: String(this.worth),
      ...this.#heard,
    }
    const text = JSON.stringify(figures)
    if (text === this.#recorded) return
    this.#recorded = text
    recorder.add({ kind: 'money', channel: this.id, figures })
  }

  /** Writes what a receipt says into the trace: the money, and the transaction it names. */
  heard(answer: Exchange): void {
    const receipt = receiptOf(answer)
    this.record({ spent: receipt?.spent })
    if (receipt?.txHash !== undefined) this.payer.follow(this, receipt.txHash)
  }

  /** Signs a voucher; by the channel's signer, for this channel and its domain, unless told otherwise. */
  async signVoucher(
    cumulativeAmount: bigint,
    account: KeyAccount = this.signer,
    domain: Voucher.Domain & { channelId?: Bytes32 } = this.domain,
  ): Promise<Payload.VoucherPayload> {
    const channelId = domain.channelId ?? this.id
    const signature = await Voucher.sign({ channelId, cumulativeAmount }, domain, account)
    return { action: 'voucher', ...this.named, cumulativeAmount, signature }
  }

  /**
   * Signs a close: a voucher, and in v2 the consent to close with it, which SDKs require and no draft forbids
   * (spec/readings.md A28). `account` and `domain` are those of the voucher; the consent is always as it should be.
   */
  async signClose(
    cumulativeAmount: bigint,
    account: KeyAccount = this.signer,
    domain: Voucher.Domain & { channelId?: Bytes32 } = this.domain,
  ): Promise<Payload.Close> {
    const voucher = await this.signVoucher(cumulativeAmount, account, domain)
    const { id: channelId, signer } = this
    const closeSignature =
      this.domain.protocol === 'v1' || cumulativeAmount > Voucher.maxAmount('v2')
        ? {}
        : {
            closeSignature: await CloseAuthorization.sign(
              { channelId, cumulativeAmount },
              this.domain,
              signer,
            ),
          }
    return { ...voucher, action: 'close', ...closeSignature }
  }

  /** Sends any payload for this channel as management; again if the server puts it off, unless `impatient`. */
  send(payload: object, options: SendOptions = {}): Promise<Exchange> {
    const { subject, account } = this.payer
    const once = () => subject.pay(payload, { method: subject.management, account, ...options })
    return options.impatient ? once() : patiently(once)
  }

  /** Signs and sends a voucher; `change` alters the wire form before it goes out. */
  async voucher(cumulativeAmount: bigint, change: object = {}, options: SendOptions = {}): Promise<Exchange> {
    const payload = Payload.toJson(await this.signVoucher(cumulativeAmount))
    return this.took(await this.send({ ...payload, ...change }, options), cumulativeAmount)
  }

  /** Remembers a voucher the server took. */
  took(answer: Exchange, cumulativeAmount: bigint): Exchange {
    if (answer.accepted) {
      this.accepted = Uint.max(this.accepted, cumulativeAmount)
      this.signed.push(cumulativeAmount)
      this.heard(answer)
    }
    return answer
  }

  /**
   * What a close may capture for what was delivered. A v1 close pays a whole voucher: the smallest one that covers it
   * (spec/readings.md A5).
   */
  captures(delivered: bigint): bigint {
    const covering = this.domain.protocol === 'v1' ? this.signed.filter((amount) => amount >= delivered) : []
    return covering.reduce((least, amount) => (amount < least ? amount : least), covering[0] ?? delivered)
  }

  /**
   * What a close that captured `captured` should have captured. Exactly what was delivered is always right: where that
   * is nothing, or settled already, v1 needs no signature for it (spec/readings.md A5, K2).
   */
  due(captured: bigint, delivered: bigint): bigint {
    return captured === delivered ? delivered : this.captures(delivered)
  }

  /** Signs and sends a close for `cumulativeAmount`, by default the highest amount accepted. */
  async close(
    cumulativeAmount = this.accepted,
    change: object = {},
    options: SendOptions = {},
  ): Promise<Exchange> {
    const payload = Payload.toJson(await this.signClose(cumulativeAmount))
    return this.took(await this.send({ ...payload, ...change }, options), cumulativeAmount)
  }

  /** Closes when nothing was spent: v1 captures what is signed, so its payer signs what it spent (spec/readings.md A5). */
  closeUnused(): Promise<Exchange> {
    return this.close(this.domain.protocol === 'v1' ? 0n : this.accepted)
  }

  /** Signs a top-up transaction. */
  async prepareTopUp(additionalDeposit: bigint, gas?: bigint): Promise<Payload.TopUp> {
    const { terms, options } = this.payer.subject
    const sponsored = terms.methodDetails.feePayer === true
    const calls = await this.backing.topUpCalls(this, additionalDeposit)
    const { raw } = await options.chain.sign(this.payer.account, calls, {
      ...(sponsored ? { sponsored } : { feeToken: terms.currency }),
      ...(gas === undefined ? {} : { gas }),
    })
    if (!sponsored) this.payer.transactions.push(keccak256(raw))
    return {
      action: 'topUp',
      type: 'transaction',
      ...this.named,
      transaction: raw,
      additionalDeposit,
    }
  }

  /** Signs and sends a top-up. */
  async topUp(additionalDeposit: bigint): Promise<Exchange> {
    const answer = await this.send(Payload.toJson(await this.prepareTopUp(additionalDeposit)))
    if (answer.accepted) {
      this.deposit += additionalDeposit
      this.heard(answer)
    }
    return answer
  }

  /** Sends a call of the payer's own to the reserve, past the server. */
  async onChain(calls: Calls): Promise<Receipt> {
    const { terms, options } = this.payer.subject
    const { raw } = await options.chain.sign(this.payer.account, calls, { feeToken: terms.currency })
    this.payer.transactions.push(keccak256(raw))
    return options.chain.broadcast(raw)
  }

  /** Asks for content with a voucher for `cumulativeAmount` and reads the stream. */
  async stream(cumulativeAmount: bigint, options: SendOptions = {}): Promise<StreamUnderTest> {
    const payload = Payload.toJson(await this.signVoucher(cumulativeAmount))
    const answer = this.took(await this.send(payload, { method: 'GET', ...options }), cumulativeAmount)
    return new StreamUnderTest(answer, this)
  }

  /** Reads a stream for a voucher to its pause, where nothing is under way, and cuts it off. */
  async streamToPause(cumulativeAmount: bigint): Promise<StreamUnderTest> {
    const stream = await this.stream(cumulativeAmount)
    await stream.untilPause()
    stream.abort()
    this.cutOff = 0
    return stream
  }

  /**
   * Streams until `total` units were delivered on the channel in all, each paid for; once more where a stream is
   * shorter. Throws `Blocked` when others came.
   */
  async consume(total: number): Promise<void> {
    for (let before = -1; this.delivered < total && this.delivered > before; ) {
      before = this.delivered
      await this.streamToPause(this.payer.subject.units(total))
    }
    if (this.delivered !== total) throw new Blocked(`${this.delivered} units came where ${total} were paid`)
  }

  /**
   * The server's books: what it answers to a repeat of the highest voucher, which changes nothing and must always
   * be served. It answers the challenge that came with a refusal, if there is one that serves. Throws `Blocked` when
   * it does not answer a receipt.
   */
  async books(offered?: Challenge): Promise<Books> {
    const repeat = async (options: SendOptions) => {
      const note = 'repeats the highest voucher to read the books'
      const answer = await this.voucher(this.accepted, {}, { ...options, note })
      await answer.text()
      return answer
    }
    let answer = await repeat(offered === undefined ? {} : { challenge: offered })
    if (!answer.accepted && offered !== undefined) answer = await repeat({})
    const receipt = receiptOf(answer)
    if (!answer.accepted || receipt === undefined)
      throw new Blocked(`the books cannot be read: a repeated voucher was answered ${answer.status}`)
    return { accepted: receipt.acceptedCumulative, spent: receipt.spent }
  }

  /** The channel on chain. */
  slot(): Promise<Reserve.Slot> {
    return this.backing.slot(this.id)
  }
}
