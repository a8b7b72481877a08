/** How payers, and whoever took hold of their credentials, ask a server: what is sent, and what the books make of it. */

import * as Voucher from '../../../../src/contracts/voucher.ts'
import * as Challenges from '../../../../src/mpp/wire/challenge.ts'
import * as Credential from '../../../../src/mpp/wire/credential.ts'
import * as Payload from '../../../../src/mpp/wire/payload.ts'
import * as Receipts from '../../../../src/mpp/wire/receipt.ts'
import type { Payment } from './books.ts'
import { ConnectionLost } from './life.ts'
import type { Purse } from './purse.ts'
import { OpenStream } from './stream.ts'
import type { Answer, World } from './world.ts'

/** A request with a credential; it can be sent again as it is. */
export interface Paid {
  path: string
  method: string
  authorization: string
  challenge: string
  /** Whose channel or payment it is; neither for what no one can own. */
  purse?: Purse
  payment?: Payment
  action?: Payload.Action | 'charge'
  /** What its voucher is for, if it has one of the payer's own. */
  amount?: bigint
  body?: string
  key?: string
  /** How the author is to fail. */
  fail?: string
}

/** Most units read off a stream that was told to end. */
const longestEnd = 20

export class Wallet {
  readonly #world: World
  readonly #challenges = new Map<string, Challenges.Challenge>()
  /** Everything that was sent, to be sent once more. */
  readonly sent: Paid[] = []

  constructor(world: World) {
    this.#world = world
  }

  /** A challenge of a resource: the one that was used before while it can be answered. Undefined when none comes. */
  async challenge(path: string, fresh = false): Promise<Challenges.Challenge | undefined> {
    const known = this.#challenges.get(path)
    const { time } = this.#world
    if (!fresh && known !== undefined && !Challenges.isExpired(known, time.now + 5_000)) return known
    const { headers, response } = await this.#world.send(path)
    await response?.body?.cancel()
    const field = headers.get('www-authenticate')
    const [challenge] = field === null ? [] : Challenges.decode(field)
    if (challenge !== undefined) this.#challenges.set(path, challenge)
    return challenge
  }

  /** The next challenges are fresh ones. */
  forgetChallenges(): void {
    this.#challenges.clear()
  }

  /** A payload as a field value. */
  authorize(challenge: Challenges.Challenge, payload: object): string {
    return Credential.encode({ challenge, payload: payload as Credential.Credential['payload'] })
  }

  /** Signs a voucher: the payer owes so much at most from now on. */
  async sign(
    purse: Purse,
    cumulativeAmount: bigint,
    by = purse.payer,
  ): Promise<Voucher.Voucher & { signature: `0x${string}` }> {
    const { id: channelId, domain } = purse
    const signature = await Voucher.sign({ channelId, cumulativeAmount }, domain, by)
    if (by === purse.payer) {
      if (cumulativeAmount > purse.signed) purse.signed = cumulativeAmount
      purse.vouchers.push(cumulativeAmount)
    }
    return { channelId, cumulativeAmount, signature }
  }

  /** A voucher or close, ready to be sent; undefined when no challenge is to be had. */
  async voucher(
    purse: Purse,
    path: string,
    amount: bigint,
    options: Partial<Paid> & { by?: Purse['payer'] } = {},
  ): Promise<Paid | undefined> {
    const { by, ...more } = options
    const challenge = await this.challenge(path)
    if (challenge === undefined) return undefined
    const { action = 'voucher', method = 'GET' } = more
    const described = purse.domain.protocol === 'v1' ? {} : { descriptor: purse.descriptor }
    const payload = { action, ...described, ...(await this.sign(purse, amount, by)) } as Payload.Payload
    const authorization = this.authorize(challenge, Payload.toJson(payload))
    return {
      ...more,
      path,
      method,
      action,
      authorization,
      challenge: challenge.id,
      purse,
      ...(by === undefined ? { amount } : {}),
    }
  }

  /** Sends a request, and writes down what comes. */
  async ask(paid: Paid, options: { cut?: boolean } = {}): Promise<Answer> {
    const { books } = this.#world
    if (!wantsContent(paid)) return this.#ask(paid, options)
    books.asking++
    try {
      return await this.#ask(paid, options)
    } finally {
      books.asking--
    }
  }

  async #ask(paid: Paid, options: { cut?: boolean }): Promise<Answer> {
    const { purse, payment, path, method, key, body, fail } = paid
    const world = this.#world
    this.sent.push(paid)
    const abort = new AbortController()
    const content = wantsContent(paid)
    const before = purse?.delivered ?? 0
    const answered = world.send(path, {
      method,
      headers: {
        authorization: paid.authorization,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(fail === undefined ? {} : { 'x-fail': fail }),
      },
      ...(body === undefined ? {} : { body }),
      signal: abort.signal,
    })
    if (options.cut) abort.abort()
    const answer = await answered
    const cut = answer.lost || options.cut === true || (answer.status === 500 && fail === undefined)
    if (cut) {
      if (content && purse !== undefined) purse.inFlight++
      if (payment !== undefined) payment.cut = true
      await answer.response?.body?.cancel()
      return { ...answer, lost: true }
    }
    if (purse !== undefined && answer.status === 200) {
      purse.known = true
      if (paid.amount !== undefined) purse.taken.push(paid.amount)
      if (paid.action === 'close') purse.over = true
    } else if (purse !== undefined && answer.status === 410) purse.over = true
    if (purse !== undefined && key === undefined) this.#learn(purse, answer, before)
    if (answer.status === 200 && content) await this.#take(paid, answer, abort)
    else await answer.response?.body?.cancel()
    return answer
  }

  #learn(purse: Purse, { headers }: Answer, before: number): void {
    const field = headers.get('payment-receipt')
    if (field !== null) this.#world.books.learn(purse, Receipts.decode(field), before)
  }

  /** Takes the content: all of a page, or a stream to read from. */
  async #take(paid: Paid, { response, headers }: Answer, abort: AbortController): Promise<void> {
    const { books } = this.#world
    const { purse, payment } = paid
    if (response === undefined) return
    if (headers.get('content-type')?.startsWith('text/event-stream') && purse !== undefined) {
      await this.end(purse)
      purse.stream = new OpenStream(response, abort)
      return
    }
    try {
      const serial = await this.#world.until(response.text())
      if (payment !== undefined) books.deliverOnce(payment, serial)
      else if (purse !== undefined) books.deliver(purse, serial, keyed(paid))
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error
      if (payment !== undefined) payment.cut = true
      else if (purse !== undefined) purse.inFlight++
    }
  }

  /**
   * Reads units off the channel's stream, signing for them if `pays`. Stops at the first question it does not
   * answer, and when the stream is over. Answers how many came.
   */
  async read(purse: Purse, units: number, pays: boolean): Promise<number> {
    const { stream } = purse
    if (stream === undefined) return 0
    let got = 0
    try {
      if (stream.asked !== undefined && !(pays && (await this.#answer(purse, stream)))) return 0
      while (got < units && purse.stream === stream) {
        const next = await stream.next(this.#world)
        if (next === 'end') purse.stream = undefined
        else if (next === 'broken') {
          purse.inFlight++
          purse.stream = undefined
        } else if ('unit' in next) {
          this.#world.books.deliver(purse, next.unit)
          got++
        } else if (!(pays && (await this.#answer(purse, stream)))) return got
      }
    } catch (error) {
      // The stream went with the server; its unit in flight is counted where it is started again.
      if (!(error instanceof ConnectionLost)) throw error
    }
    return got
  }

  /** Signs what a stream asks for, if the deposit holds it; answers whether the server took it. */
  async #answer(purse: Purse, stream: OpenStream): Promise<boolean> {
    const required = stream.asked as bigint
    if (required > purse.deposit) return false
    const paid = await this.voucher(purse, `/${purse.domain.protocol}/stream`, required, { method: 'HEAD' })
    const answer = paid === undefined ? undefined : await this.ask(paid)
    if (answer?.status !== 200) return false
    stream.asked = undefined
    return true
  }

  /** Reads what is left of a stream that another took the place of, or that the server ends. */
  async end(purse: Purse): Promise<void> {
    const { stream } = purse
    if (stream === undefined) return
    stream.asked = undefined
    await this.read(purse, longestEnd, false)
    if (purse.stream === stream) await this.cut(purse)
  }

  /** The client leaves its stream. */
  async cut(purse: Purse): Promise<void> {
    const { stream } = purse
    if (stream === undefined) return
    purse.stream = undefined
    purse.inFlight++
    await stream.cut(this.#world)
  }
}

/** Whether a request asks for content; otherwise it manages the channel. */
function wantsContent({ method, body, action }: Paid): boolean {
  if (action === 'topUp' || action === 'close') return false
  if (action === 'charge') return true
  return method === 'GET' || (method !== 'HEAD' && body !== undefined)
}

const keyed = ({ key, method, path, body = '', challenge }: Paid) =>
  key === undefined ? undefined : { request: `${key} ${method} ${path} ${body}`, challenge }
