/** A payer of the kit: its own key, its own money, and every way to open a channel, lawful or not. */

import type { ChainClient, SendOptions as SigningOptions } from '../../../../src/chain/client.ts'
import * as Hex from '../../../../src/codec/hex.ts'
import * as Uint from '../../../../src/codec/uint.ts'
import type { Descriptor } from '../../../../src/contracts/descriptor.ts'
import type * as Reserve from '../../../../src/contracts/reserve.ts'
import type { SessionProtocol } from '../../../../src/contracts/voucher.ts'
import { accountFromKey, type KeyAccount } from '../../../../src/keys/accounts.ts'
import { keccak256, keccakText } from '../../../../src/keys/keccak.ts'
import * as Payload from '../../../../src/mpp/wire/payload.ts'
import { protocol as protocolOf, type SessionRequest } from '../../../../src/mpp/wire/session-request.ts'
import type { Exchange } from '../../../harness/http.ts'
import type { Position } from '../../../kit/verbs.ts'
import { Blocked } from '../../../kit/verdict.ts'
import { backingOf, type Calls } from './backing.ts'
import { ChannelUnderTest } from './channel.ts'
import { ofPayer } from './position.ts'
import type { SendOptions, Subject } from './subject.ts'

/** Deviations of an open from the lawful one. */
export interface OpenOptions {
  deposit?: bigint
  /** Amount of the initial voucher; default one unit. */
  initial?: bigint
  authorizedSigner?: Hex.Address
  /** What the transaction says where it differs from the descriptor. */
  calldata?: Partial<Reserve.OpenCall>
  /** What the descriptor says where it differs from the transaction. */
  described?: Partial<Descriptor>
  /** Further calls in the same transaction. */
  alongside?: readonly { to: Hex.Address; data: Hex.Hex }[]
  /** Who signs the initial voucher; default the payer. */
  voucherBy?: KeyAccount
  /** Gas limit, for transactions that a node would refuse to estimate. */
  gas?: bigint
  /** Chain the transaction is signed for; default the right one. */
  chainId?: number
  /** Hex digits behind the calldata of the open. */
  padding?: string
  /** What else the transaction says otherwise than it would. */
  change?: NonNullable<SigningOptions['change']>
}

/** Enough for the units and the voucher steps of a scenario. */
const usualDeposit = ({ suggestedDeposit = 0n, amount, methodDetails }: SessionRequest): bigint =>
  [amount * 40n, (methodDetails.minVoucherDelta ?? 0n) * 20n].reduce(Uint.max, suggestedDeposit)

/** Enough for every channel a scenario may open, and its fees; `least` is what the server takes as a deposit. */
export const budget = (terms: SessionRequest, least = 0n): bigint =>
  Uint.max(usualDeposit(terms), least) * 200n + 10_000_000n

/** An open that was signed and not sent. */
export interface PreparedOpen {
  channel: ChannelUnderTest
  payload: Payload.Open
}

export class Payer {
  readonly subject: Subject
  readonly account: KeyAccount
  /** What it had when the scenario began, in base units. */
  #funds = 0n
  /** Channels that were really opened, to be wound up in the end. */
  readonly channels: ChannelUnderTest[] = []
  /** Channels whose open was sent and never answered. */
  readonly #unanswered = new Set<ChannelUnderTest>()
  readonly #seed: string
  readonly #followed = new Map<Hex.Bytes32, Promise<void>>()
  #salts = 0

  /** A payer with a key of its own, derived from the seed. */
  constructor(subject: Subject, seed: string) {
    this.subject = subject
    this.#seed = seed
    this.account = accountFromKey(keccakText(`payer ${seed}`))
  }

  get address(): Hex.Address {
    return this.account.address
  }

  /** Records the balance at the beginning of the scenario, in base units. */
  funded(amount: bigint): void {
    this.#funds = amount
    this.subject.ledger.record({ is: 'funded', payer: this.address, amount })
  }

  /** Remembers money that it let go of by its own doing, in base units. */
  gave(amount: bigint): void {
    this.subject.ledger.record({ is: 'gave', payer: this.address, amount })
  }

  /** Signs a transaction, and remembers it where this payer pays its fee. */
  async sign(
    calls: Calls,
    { sponsored = false, ...options }: Omit<SigningOptions, 'feeToken'> = {},
  ): ReturnType<ChainClient['sign']> {
    const { chain } = this.subject.options
    const fee = sponsored ? { sponsored } : { feeToken: this.subject.terms.currency }
    const signed = await chain.sign(this.account, calls, { ...fee, ...options })
    const transaction = keccak256(signed.raw)
    if (!sponsored) this.subject.ledger.record({ is: 'signed', payer: this.address, transaction })
    return signed
  }

  /** Which kind of channels it opens. */
  get protocol(): SessionProtocol {
    return protocolOf(this.subject.terms)
  }

  /** The deposit used when none is asked for: what the server suggests, at least forty units. */
  get deposit(): bigint {
    const { terms, options } = this.subject
    return [usualDeposit(terms), this.subject.units(40)].reduce(Uint.max, options.deposit ?? 0n)
  }

  /** What it has now, in base units of the currency it pays in. */
  balance(): Promise<bigint> {
    const { options, terms } = this.subject
    return options.chain.balance(terms.currency, this.address)
  }

  /** What something of its that is refused must not move, where there is no channel yet. */
  get position(): Position<unknown> {
    return ofPayer(this)
  }

  /** Opens a channel lawfully. Throws `Blocked` when the server refuses: nothing else can be judged then. */
  async open(options: OpenOptions = {}): Promise<ChannelUnderTest> {
    const prepared = await this.prepareOpen(options)
    const answer = await this.send(prepared)
    await answer.text()
    if (!answer.accepted) throw new Blocked(`a lawful open was answered ${answer.status}`)
    return prepared.channel
  }

  /** Sends an open as management: no content is asked for. */
  async send({ payload, channel }: PreparedOpen, options: SendOptions = {}): Promise<Exchange> {
    return this.sendAltered({ payload, channel }, {}, options)
  }

  /** Sends an open with members of its payload changed. */
  async sendAltered(
    { payload, channel }: PreparedOpen,
    change: object,
    options: SendOptions = {},
  ): Promise<Exchange> {
    const wire = { ...Payload.toJson(payload), ...change }
    // Until the server answers, it is unknown whether it broadcast the transaction.
    this.#unanswered.add(channel)
    const answer = await this.subject.pay(wire, {
      method: this.subject.management,
      account: this.account,
      ...options,
    })
    this.#unanswered.delete(channel)
    return this.took(answer, { payload, channel })
  }

  /** Remembers a channel the server took. */
  took(answer: Exchange, { payload, channel }: PreparedOpen): Exchange {
    if (answer.accepted) {
      this.remember(channel)
      channel.took(answer, payload.cumulativeAmount, 'open')
    }
    return answer
  }

  /**
   * From the seed, so that a run repeats, and from what the payer had when it began: on a chain where the same seed
   * ran before that is another sum, and the channels of that run are not met again.
   */
  #nextSalt(): Hex.Bytes32 {
    return keccakText(`${this.#seed} ${this.#salts++} ${this.#funds}`)
  }

  /** Looks a transaction up on the chain for the trace. Scenarios do not wait for it, the audit does. */
  follow(channel: ChannelUnderTest, hash: Hex.Bytes32): void {
    if (this.#followed.has(hash)) return
    const { recorder, options } = this.subject
    const look = async () => {
      const receipt = await options.chain.findReceipt(hash)
      const events = channel.backing
        .events(receipt?.logs ?? [])
        .filter(({ channelId }) => channelId === channel.id)
      const status = receipt === undefined ? 'not on the chain' : receipt.success ? 'success' : 'reverted'
      const names = events.map(({ name }) => name)
      const call = names.includes('ChannelClosed') ? 'close' : names.includes('TopUp') ? 'topUp' : 'open'
      recorder.add({ kind: 'transaction', hash, call, status, events: names, channel: channel.id })
      for (const event of events)
        if (event.name === 'ChannelClosed')
          channel.record({
            is: 'closed',
            captured: event.settledToPayee,
            refunded: event.refundedToPayer,
          })
    }
    const looked = look()
    this.#followed.set(hash, looked)
    // A chain that does not answer is told by `followed`, whenever that is asked.
    looked.catch(() => undefined)
  }

  /** Resolves when everything followed has been looked up. */
  async followed(): Promise<void> {
    await Promise.all(this.#followed.values())
  }

  /** Records the channels that are on chain although their open was not answered. */
  async findUnanswered(): Promise<void> {
    for (const channel of this.#unanswered) if ((await channel.slot()).deposit > 0n) this.remember(channel)
  }

  /** Counts a channel's deposit in the audit: it was opened, whatever the server says. */
  remember(channel: ChannelUnderTest): void {
    if (this.channels.includes(channel)) return
    this.channels.push(channel)
    channel.record({ is: 'opened' })
  }

  /** Opens on chain, past the server. */
  async broadcast({ channel, payload }: PreparedOpen): Promise<void> {
    await this.subject.options.chain.broadcast(payload.transaction)
    this.remember(channel)
  }

  /** Signs an open transaction and its initial voucher. */
  async prepareOpen(options: OpenOptions = {}): Promise<PreparedOpen> {
    const { terms, options: place } = this.subject
    const deposit = options.deposit ?? this.deposit
    const backing = backingOf(place, terms)
    const parts = {
      payer: this.address,
      payee: terms.recipient,
      operator: terms.methodDetails.operator ?? Hex.zeroAddress,
      token: terms.currency,
      salt: this.#nextSalt(),
      authorizedSigner: options.authorizedSigner ?? Hex.zeroAddress,
    }
    const { payer: _, ...asked } = parts
    const own = await backing.openCalls({ type: 'open', deposit, ...asked, ...options.calldata })
    const [last] = own
      .slice(-1)
      .map((call) => ({ ...call, data: `${call.data}${options.padding ?? ''}` as const }))
    const calls = [...own.slice(0, -1), ...(last === undefined ? [] : [last]), ...(options.alongside ?? [])]
    const sponsored = terms.methodDetails.feePayer === true
    const signed = await this.sign(calls, {
      sponsored,
      ...(options.gas === undefined ? {} : { gas: options.gas }),
      ...(options.chainId === undefined ? {} : { chainId: options.chainId }),
      ...(options.change === undefined ? {} : { change: options.change }),
    })
    const descriptor: Descriptor = { ...backing.descriptor(parts, signed), ...options.described }
    const channel = new ChannelUnderTest(this, backing.idOf(descriptor), descriptor, backing, deposit)
    if (options.voucherBy?.address === parts.authorizedSigner) channel.signer = options.voucherBy
    const initial = options.initial ?? this.subject.units(1)
    const voucher = await channel.signVoucher(initial, options.voucherBy ?? this.account)
    return { channel, payload: { ...voucher, action: 'open', type: 'transaction', transaction: signed.raw } }
  }
}
