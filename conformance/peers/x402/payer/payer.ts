/** A payer of the kit: its own key and money. It asks, signs, lawfully or not, sends, and writes down what matters. */

import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Hex from '../../../../src/codec/hex.ts'
import type { KeyAccount } from '../../../../src/keys/accounts.ts'
import { paymentField, type Version } from '../../../../src/x402/wire/fields.ts'
import * as Network from '../../../../src/x402/wire/network.ts'
import { send } from '../../../harness/http.ts'
import type { Patience } from '../../../harness/patience.ts'
import { type RawAnswer, sendRaw } from '../../../harness/raw.ts'
import type { Recorder } from '../../../kit/trace.ts'
import { Blocked, TargetError } from '../../../kit/verdict.ts'
import { type Books, step } from '../books/books.ts'
import type { Fact } from '../books/fact.ts'
import { isDoneWithin } from '../gate.ts'
import { type Token, tokenAt } from '../token.ts'
import { Answer, contentOf } from './answer.ts'
import { type Asked, exactIn } from './asked.ts'
import type { Change, Signed } from './sign.ts'
import { ask, chatOf, type Subject } from './subject.ts'
import { Wallet } from './wallet.ts'

/** How a request is sent. */
export interface Sending {
  /** The conversation; default one that was not used before. */
  conversation?: string
  /** Where to; default the main resource. */
  url?: string
  stream?: boolean
  note?: string
}

export class Payer {
  readonly subject: Subject
  readonly #recorder: Recorder
  readonly #wallet: Wallet
  readonly #signed = new Map<Hex.Bytes32, { asset: Hex.Address }>()
  #books: Books = new Map()

  constructor(subject: Subject, recorder: Recorder, seed: string) {
    this.subject = subject
    this.#recorder = recorder
    this.#wallet = new Wallet(seed)
  }

  get account(): KeyAccount {
    return this.#wallet.account
  }

  get books(): Books {
    return this.#books
  }

  record(fact: Fact): void {
    this.#recorder.add({ kind: 'fact', fact })
    this.#books = step(this.#books, fact)
  }

  /** A name that no conversation had before: the model of the kit knows it by that. */
  conversation(): string {
    return this.#wallet.fresh('conversation').slice(2, 34)
  }

  /** Asks without paying. */
  ask(conversation: string): Promise<Asked> {
    return ask(this.subject, conversation, this.#recorder)
  }

  /** The token that is asked for in a version. */
  token(version: Version): Token {
    return tokenAt(this.subject.chain, Hex.address(termsOf(this.subject, version).asset))
  }

  /** Whether the chain has taken a payment. */
  isSettled({ payment, authorization }: Signed): Promise<boolean> {
    return this.token(payment.version).isUsed(authorization.from, authorization.nonce)
  }

  /** Asks, and signs what is asked in a version, but for what is changed. Throws `Blocked` when nothing is asked. */
  async sign(
    version: Version,
    change: Change = {},
    { url = this.subject.url }: Sending = {},
  ): Promise<Signed> {
    const { chainId } = this.subject
    const { said } = await ask({ ...this.subject, url }, this.conversation(), this.#recorder)
    const required = said[version]
    const asked = exactIn(required, chainId, Network.chainIdOf)
    if (required === undefined || required instanceof DecodeError || asked === undefined)
      throw new Blocked(`the server asks for nothing that can be paid in v${version}`)
    const signed = await this.#wallet.sign(required, asked, chainId, change)
    const { value: amount, from, nonce } = signed.authorization
    this.#signed.set(nonce, { asset: Hex.address(asked.asset) })
    this.record({ payment: nonce, is: 'signed', call: nonce, payer: from, amount })
    return signed
  }

  /** Sends a payment. */
  async send(
    signed: Signed,
    sending: Sending = {},
    given: Patience | number = this.subject.patience,
  ): Promise<Answer> {
    const { url = this.subject.url, stream = true, note, conversation = this.conversation() } = sending
    const { version } = signed.payment
    const { nonce: payment } = signed.authorization
    const headers = [
      ['content-type', 'application/json'],
      ['accept', stream ? 'text/event-stream' : 'application/json'],
      [paymentField[version], signed.field],
    ] as const
    const body = chatOf(conversation, this.subject.model, stream)
    const exchange = await send(
      url,
      { method: 'POST', headers, body, act: `pay v${version}`, ...(note === undefined ? {} : { note }) },
      this.#recorder,
      given,
    )
    return new Answer(
      exchange,
      version,
      signed,
      once(() => this.record({ payment, is: 'delivered' })),
    )
  }

  /** Sends a payment and hangs up after the first token, or after so many milliseconds; answers whether one came. */
  async leave(signed: Signed, sending: Sending, ms: number): Promise<boolean> {
    try {
      const answer = await this.send(signed, sending, ms)
      let content = false
      const first = (async () => {
        for await (const data of answer.events()) {
          content ||= contentOf(data) !== ''
          if (content) break
        }
      })()
      await isDoneWithin(first, ms)
      answer.abort()
      return content
    } catch (error) {
      if (error instanceof TargetError) return false
      throw error
    }
  }

  /** Asks, signs and sends. */
  async pay(version: Version, change: Change = {}, sending: Sending = {}): Promise<Answer> {
    return this.send(await this.sign(version, change, sending), sending)
  }

  /** Sends any text as a payment. */
  sendField = (version: Version, field: string, note: string) => this.sendFields({ [version]: field }, note)

  /** Sends any texts in the fields of payments, or none. */
  async sendFields(fields: Partial<Record<Version, string>>, note: string, stream = true) {
    const given = Object.entries(fields).map(([version, field]) => {
      const name = paymentField[Number(version) as Version]
      return [name, field] as const
    })
    const headers = [['content-type', 'application/json'] as const, ...given]
    const body = chatOf(this.conversation(), this.subject.model, stream)
    const act = `pay v${Object.keys(fields).join(' and v')}`
    const options = { method: 'POST', headers, body, act, note }
    const exchange = await send(this.subject.url, options, this.#recorder, this.subject.patience)
    /** What a stream says put together, or the body. */
    const text = async () => {
      if (!exchange.isEventStream) return exchange.text()
      let said = ''
      for await (const { data } of exchange.events()) said += contentOf(data)
      return said
    }
    return { exchange, text }
  }

  /** Sends a chat with header lines that are written as they are; hangs up when the head of the answer is there. */
  sendLines(lines: readonly string[], note: string): Promise<RawAnswer> {
    const { url, model, patience } = this.subject
    const { host, pathname, search } = new URL(url)
    const body = Buffer.from(chatOf(this.conversation(), model))
    const head = [
      `POST ${pathname}${search} HTTP/1.1`,
      `Host: ${host}`,
      'Content-Type: application/json',
      'Accept: text/event-stream',
      ...lines,
      `Content-Length: ${body.length}`,
      'Connection: close',
    ]
    const bytes = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body])
    return sendRaw(url, bytes, this.#recorder, patience, note)
  }

  /** Writes down what the chain has taken. */
  async lookUp(): Promise<void> {
    for (const [payment, { asset }] of this.#signed) {
      const { payer, settled } = this.#books.get(payment) ?? {}
      if (payer === undefined || settled === true) continue
      if (await tokenAt(this.subject.chain, asset).isUsed(payer, payment))
        this.record({ payment, is: 'settled' })
    }
  }
}

const once = (act: () => void): (() => void) => {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}

/** What is asked in a version. Throws `Blocked` when the server does not offer it. */
export function termsOf({ terms }: Subject, version: Version) {
  const found = terms.get(version)
  if (found === undefined) throw new Blocked(`the server asks for nothing that can be paid in v${version}`)
  return found
}
