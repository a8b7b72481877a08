/** A channel of the kit with the server under test: signs, sends, and reads back where the money stands. */

import type { Receipt } from '../../../../src/chain/client.ts'
import type { Bytes32 } from '../../../../src/codec/hex.ts'
import * as Uint from '../../../../src/codec/uint.ts'
import * as CloseAuthorization from '../../../../src/contracts/close-authorization.ts'
import type { Descriptor } from '../../../../src/contracts/descriptor.ts'
import type * as Reserve from '../../../../src/contracts/reserve.ts'
import * as Voucher from '../../../../src/contracts/voucher.ts'
import type { KeyAccount } from '../../../../src/keys/accounts.ts'
import type { Challenge } from '../../../../src/mpp/wire/challenge.ts'
import * as Payload from '../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../harness/http.ts'
import type { Position } from '../../../kit/verbs.ts'
import { Blocked } from '../../../kit/verdict.ts'
import * as Book from '../books/channel.ts'
import type { Act, ChannelEvent } from '../books/fact.ts'
import type { Backing, Calls } from './backing.ts'
import { patiently } from './patience.ts'
import type { Payer } from './payer.ts'
import { ofChannel } from './position.ts'
import { receiptFrom, receiptOf, silent } from './receipt.ts'
import { StreamUnderTest } from './stream.ts'
import type { SendOptions } from './subject.ts'

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
  /** Who signs its vouchers. */
  signer: KeyAccount
  /** Highest amount a scenario signed for; the books may have been read since by raising it (customs.ts). */
  #meant = 0n

  constructor(payer: Payer, id: Bytes32, descriptor: Descriptor, backing: Backing, deposit: bigint) {
    this.payer = payer
    this.id = id
    this.descriptor = descriptor
    this.backing = backing
    this.signer = payer.account
    this.record({ is: 'prepared', payer: payer.address, protocol: backing.domain.protocol, deposit })
  }

  /** Where its money stands, by the facts so far. */
  get book(): Book.ChannelBook {
    return this.payer.subject.ledger.channel(this.id)
  }

  /** What was deposited, as far as the payer knows, in base units. */
  get deposit(): bigint {
    return this.book.deposit
  }

  /** Highest amount of a voucher the server took, in base units. */
  get accepted(): bigint {
    return this.book.accepted
  }

  /** Price of what was received on streams and in responses, in base units; an event of a unit stands for all of it. */
  get worth(): bigint {
    return Book.worth(this.book)
  }

  /** As `worth`, of what cannot have been free. */
  get surelyWorth(): bigint {
    return Book.surelyWorth(this.book)
  }

  /** Units received, at the price of the resource its payer is for. */
  get delivered(): number {
    return Number(this.worth / this.payer.subject.units(1))
  }

  /** Units that `stream` may count at most: what was paid for and did not come on another one. */
  paidFor({ answer }: StreamUnderTest): number {
    const { book } = this
    const elsewhere = Book.worth(book) - Book.worthOf(book, answer.number)
    return Number((book.accepted - elsewhere) / this.payer.subject.units(1))
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

  /** Writes down what happened to its money. */
  record(event: ChannelEvent): void {
    this.payer.subject.ledger.record({ channel: this.id, ...event })
  }

  /** Writes what a receipt says into the trace: the money, and the transaction it names. */
  heard(answer: Exchange): void {
    const receipt = receiptOf(answer)
    if (receipt === undefined) return
    this.record({ is: 'told', spent: receipt.spent })
    if (receipt.txHash !== undefined) this.payer.follow(this, receipt.txHash)
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

  /** The least by which a voucher raises the one before it, in base units. */
  get least(): bigint {
    return Uint.max(1n, this.payer.subject.terms.methodDetails.minVoucherDelta ?? 0n)
  }

  /**
   * The amount of a voucher that asks for content. Where that amount is accepted already and the server refuses a
   * repeat, it is the least above what it took: what is judged then is the content, not the repeat.
   */
  asking(amount: bigint): bigint {
    const repeated = amount >= this.#meant && amount <= this.accepted
    return repeated && this.payer.subject.options.reading === 'raise' ? this.accepted + this.least : amount
  }

  /** Signs and sends a voucher; `change` alters the wire form before it goes out. */
  async voucher(cumulativeAmount: bigint, change: object = {}, options: SendOptions = {}): Promise<Exchange> {
    const payload = Payload.toJson(await this.signVoucher(cumulativeAmount))
    return this.present({ ...payload, ...change }, cumulativeAmount, options)
  }

  /**
   * Sends a payload with a voucher that the server may rely on once it took it; `meant` is its amount without what was
   * added to have it taken (`asking`).
   */
  async present(
    payload: object,
    cumulativeAmount: bigint,
    options: SendOptions = {},
    act: Act = 'voucher',
    meant = cumulativeAmount,
  ): Promise<Exchange> {
    this.record({ is: 'sent', act, amount: cumulativeAmount })
    return this.took(await this.send(payload, options), cumulativeAmount, act, meant)
  }

  /** Remembers whether the server took a voucher. */
  took(answer: Exchange, cumulativeAmount: bigint, act: Act = 'voucher', meant = cumulativeAmount): Exchange {
    this.record({ is: 'answered', act, amount: cumulativeAmount, taken: answer.accepted })
    if (!answer.accepted) return answer
    this.#meant = Uint.max(this.#meant, meant)
    this.heard(answer)
    return answer
  }

  /** Remembers a voucher that counts although what it was sent for was refused. */
  kept(amount: bigint): void {
    this.record({ is: 'sent', act: 'voucher', amount })
    this.record({ is: 'answered', act: 'voucher', amount, taken: true })
  }

  /** Remembers a voucher that the server may rely on, though it refused what came with it. */
  mayHold(cumulativeAmount: bigint): void {
    this.record({ is: 'held', amount: cumulativeAmount })
  }

  /** What a close may capture for what was delivered: in v1 the smallest voucher that covers it. */
  captures(delivered: bigint): bigint {
    return Book.captures(this.book, delivered)
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
    return this.present({ ...payload, ...change }, cumulativeAmount, options, 'close')
  }

  /** Closes when nothing was spent: v1 captures what is signed, so its payer signs what it spent (spec/readings.md A5). */
  closeUnused(): Promise<Exchange> {
    return this.close(this.domain.protocol === 'v1' ? 0n : this.accepted)
  }

  /** Signs a top-up transaction. */
  async prepareTopUp(additionalDeposit: bigint, gas?: bigint): Promise<Payload.TopUp> {
    const calls = await this.backing.topUpCalls(this, additionalDeposit)
    const sponsored = this.payer.subject.terms.methodDetails.feePayer === true
    const { raw } = await this.payer.sign(calls, { sponsored, ...(gas === undefined ? {} : { gas }) })
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
    return this.presentTopUp(await this.prepareTopUp(additionalDeposit))
  }

  /** Sends a lawful top-up that was signed before. */
  async presentTopUp(topUp: Payload.TopUp, options: SendOptions = {}): Promise<Exchange> {
    const answer = await this.send(Payload.toJson(topUp), options)
    if (answer.accepted) {
      this.record({ is: 'topped-up', by: topUp.additionalDeposit })
      this.heard(answer)
    }
    return answer
  }

  /** Tops up past the server. */
  async topUpOnChain(additionalDeposit: bigint): Promise<void> {
    await this.onChain(await this.backing.topUpCalls(this, additionalDeposit))
    this.record({ is: 'topped-up', by: additionalDeposit })
  }

  /** Reads off the chain what is deposited, where the server's answer does not say. */
  async lookUpDeposit(): Promise<bigint> {
    const { deposit } = await this.slot()
    this.record({ is: 'deposited', deposit })
    return deposit
  }

  /** Sends a call of the payer's own to the reserve, past the server. */
  async onChain(calls: Calls): Promise<Receipt> {
    const { raw } = await this.payer.sign(calls)
    return this.payer.subject.options.chain.broadcast(raw)
  }

  /** Asks for content with a voucher for `total` and reads the stream. */
  async stream(total: bigint, options: SendOptions = {}): Promise<StreamUnderTest> {
    const cumulativeAmount = this.asking(total)
    const payload = Payload.toJson(await this.signVoucher(cumulativeAmount))
    const answer = await this.present(
      payload,
      cumulativeAmount,
      { method: 'GET', ...options },
      'voucher',
      total,
    )
    return new StreamUnderTest(answer, this, options.on === undefined ? {} : { on: options.on })
  }

  /** Asks for content with a voucher for `cumulativeAmount`, and reads none of the stream. */
  async unread(cumulativeAmount: bigint): Promise<StreamUnderTest> {
    const payload = Payload.toJson(await this.signVoucher(cumulativeAmount))
    const answer = await this.present(payload, cumulativeAmount, { method: 'GET' })
    return new StreamUnderTest(answer, this, { read: false })
  }

  /** Reads a stream for a voucher to its pause, where nothing is under way, and cuts it off. */
  async streamToPause(cumulativeAmount: bigint): Promise<StreamUnderTest> {
    const stream = await this.stream(cumulativeAmount)
    await stream.untilPause()
    stream.abort()
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
   * be served, or to the least increase of it where a repeat is refused. It answers the challenge that came with a
   * refusal, if there is one that serves. Throws `Blocked` when it does not answer a receipt.
   */
  async books(offered?: Challenge): Promise<Books> {
    const { reading = 'repeat' } = this.payer.subject.options
    if (reading === 'chain') throw new Blocked(silent)
    const meant = this.#meant
    const amount = reading === 'repeat' ? this.accepted : this.accepted + this.least
    if (amount > this.deposit)
      throw new Blocked('the books cannot be read: a repeat is refused, and the deposit leaves no increase')
    const note = `${reading === 'repeat' ? 'repeats' : 'raises'} the highest voucher to read the books`
    const read = async (options: SendOptions) => {
      const answer = await this.voucher(amount, {}, { ...options, note })
      await answer.text()
      return answer
    }
    let answer = await read(offered === undefined ? {} : { challenge: offered })
    if (!answer.accepted && offered !== undefined) answer = await read({})
    // What was added to read them is no part of what is read.
    const added = reading === 'repeat' ? 0n : amount - meant
    this.#meant = Uint.min(this.#meant, amount - added)
    const receipt = answer.accepted ? receiptFrom(answer) : undefined
    if (receipt === undefined)
      throw new Blocked(`the books cannot be read: a voucher that ${note} was answered ${answer.status}`)
    return { accepted: receipt.acceptedCumulative - added, spent: receipt.spent }
  }

  /** What an act on it that is refused must not move. */
  get position(): Position<Exchange> {
    return ofChannel(this)
  }

  /** The channel on chain. */
  slot(): Promise<Reserve.Slot> {
    return this.backing.slot(this.id)
  }
}
