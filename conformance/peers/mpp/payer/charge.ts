/** One-off payments of the kit: answers a charge challenge with a transaction, its hash or a proof, lawful or not. */
import { encodeTransfer } from '../../../../src/chain/transfers.ts'
import type { Bytes32, Hex } from '../../../../src/codec/hex.ts'
import * as Timestamp from '../../../../src/codec/timestamp.ts'
import { keccak256, keccakText } from '../../../../src/keys/keccak.ts'
import type * as Challenge from '../../../../src/mpp/wire/challenge.ts'
import * as Proof from '../../../../src/mpp/wire/proof.ts'
import * as TempoCharge from '../../../../src/mpp/wire/tempo-charge.ts'
import type { Exchange } from '../../../harness/http.ts'
import { Blocked } from '../../../kit/verdict.ts'
import type { PaymentEvent } from '../books/fact.ts'
import { inTime } from './in-time.ts'
import { findChallenge } from './legible.ts'
import type { Payer } from './payer.ts'
import type { SendOptions, Subject } from './subject.ts'

/** One payment the kit signed; what becomes of it is in the books. */
export interface Payment {
  challenge: Challenge.Challenge
  /** What the challenge asks, in base units. */
  price: bigint
  raw: Hex
  /** Of the transaction as the payer signed it; a sponsor's signature gives it another. */
  hash: Bytes32
  /** Whether the server pays its fee. */
  sponsored: boolean
}

/** Deviations from what a challenge asks. */
export interface PaymentOptions {
  /** Changes every transfer. */
  change?: Partial<TempoCharge.Transfer>
  /** Signs a transaction that is good for longer than the challenge. */
  outlives?: boolean
  /** Chain the transaction is signed for; default the right one. */
  chainId?: number
}

/** A resource that is paid for at once, and who pays. */
export class ChargeUnderTest {
  readonly subject: Subject
  readonly payer: Payer

  constructor(subject: Subject, payer: Payer) {
    this.subject = subject
    this.payer = payer
  }

  /** A fresh challenge. Throws `Blocked` when there is none to be had. */
  async challenge(): Promise<Challenge.Challenge> {
    const answer = await this.subject.request({ note: 'for a fresh charge challenge' })
    await answer.text()
    const found = findChallenge(answer, 'charge', this.payer.subject.wallet)
    if (found === undefined) throw new Blocked(`no tempo charge challenge in a ${answer.status} response`)
    return found
  }

  /** Signs the transfers a challenge asks for. Nothing is sent. */
  async sign(challenge: Challenge.Challenge, options: PaymentOptions = {}): Promise<Payment> {
    const request = TempoCharge.decode(challenge.request)
    const { currency, methodDetails } = request
    if (currency !== this.payer.subject.terms.currency)
      throw new Blocked('the charge is in another token than the payer was given')
    const asked = TempoCharge.transfersOf(request)
    const calls = asked.map((transfer, i) =>
      encodeTransfer(currency, {
        ...transfer,
        memo: transfer.memo ?? (i === 0 ? attribution(challenge) : undefined),
        ...options.change,
      }),
    )
    const { expires } = challenge
    const until =
      expires === undefined || options.outlives
        ? {}
        : { validUntil: Math.floor(Timestamp.decode(expires) / 1000) }
    const sponsored = methodDetails?.feePayer === true
    const on = options.chainId === undefined ? {} : { chainId: options.chainId }
    const { raw } = await this.payer.sign(calls, { sponsored, ...until, ...on })
    const payment = { challenge, price: request.amount, raw, hash: keccak256(raw), sponsored }
    const to = asked.map((transfer) => transfer.to)
    const { price } = payment
    this.#record(payment, { is: 'charge-signed', payer: this.payer.address, price, to })
    return payment
  }

  #record({ hash }: Payment, event: PaymentEvent): void {
    this.payer.subject.ledger.record({ payment: hash, ...event })
  }

  /** Hands a payment over for the server to broadcast; for another challenge than its own, if one is given. */
  async pull(payment: Payment, challenge = payment.challenge): Promise<Exchange> {
    return this.took(payment, await this.send(challenge, pulled(payment)))
  }

  /** Tells the server of a payment that was broadcast. */
  async push(payment: Payment, challenge = payment.challenge): Promise<Exchange> {
    return this.took(
      payment,
      await this.send(challenge, TempoCharge.payloadToJson({ type: 'hash', hash: payment.hash })),
    )
  }

  /** Broadcasts a payment. */
  async broadcast(payment: Payment): Promise<Payment> {
    const { success } = await this.subject.options.chain.broadcast(payment.raw)
    if (success) this.#record(payment, { is: 'charge-pushed' })
    return payment
  }

  /** A lawful payment from challenge to content, in a way the server offers. */
  async pay(): Promise<Exchange> {
    return inTime(async () => {
      const payment = await this.sign(await this.challenge())
      const { challenge } = payment
      // What was pushed is paid already: another challenge would be paid again.
      if (!offers(challenge, 'pull'))
        return {
          answer: await this.push(await this.broadcast(payment)),
          refused: false,
          challenge: undefined,
        }
      const answer = await this.pull(payment)
      return { answer, refused: answer.status >= 400, challenge }
    })
  }

  /** Sends any payload. */
  send(challenge: Challenge.Challenge, payload: object, options: SendOptions = {}): Promise<Exchange> {
    return this.subject.pay(payload, { challenge, account: this.payer.account, ...options })
  }

  /** Remembers what was accepted for a payment. */
  took(payment: Payment, answer: Exchange): Exchange {
    if (answer.accepted) this.#record(payment, { is: 'charge-taken' })
    return answer
  }

  /**
   * Records that the node's answer to the broadcast is lost: the scenario, not the audit, judges what the payment buys.
   */
  losesAnswer(payment: Payment): void {
    this.#record(payment, { is: 'charge-unanswered' })
  }

  /** Remembers a payment that is on chain though its server says otherwise; answers whether it is. */
  async lookUp(payment: Payment): Promise<boolean> {
    const mined = await this.subject.options.chain.findReceipt(payment.hash)
    if (mined?.success) this.#record(payment, { is: 'charge-pushed' })
    return mined !== undefined
  }

  /** Whether content was given for a payment. */
  isUsed({ hash }: Payment): boolean {
    return this.payer.subject.ledger.payment(hash).taken > 0
  }

  /** The payload of a proof for a challenge. */
  async prove({ id, request }: Challenge.Challenge, account = this.payer.account): Promise<object> {
    const chainId = TempoCharge.decode(request).methodDetails?.chainId ?? TempoCharge.defaultChainId
    return { type: 'proof', signature: await Proof.sign(id, chainId, account) }
  }
}

/** The payload that hands a payment over. */
export const pulled = ({ raw }: Payment): object =>
  TempoCharge.payloadToJson({ type: 'transaction', signature: raw })

/** Whether a challenge takes payments that are brought to the chain in this way. */
export function offers({ request }: Challenge.Challenge, mode: TempoCharge.Mode): boolean {
  const { methodDetails } = TempoCharge.decode(request)
  if (mode === 'push' && methodDetails?.feePayer === true) return false
  return (methodDetails?.supportedModes ?? TempoCharge.modes).includes(mode)
}

/**
 * A memo that names the challenge, for challenges that ask for none: a server may insist that a transfer is tied to its
 * challenge, and this is the form the first SDK writes and reads: tag, version, realm, no client, challenge id (spec/readings.md
 * P2).
 */
function attribution({ realm, id }: Challenge.Challenge): Bytes32 {
  const part = (text: string, bytes: number) => keccakText(text).slice(2, 2 + 2 * bytes)
  return `0x${part('mpp', 4)}01${part(realm, 10)}${'00'.repeat(10)}${part(id, 7)}`
}
