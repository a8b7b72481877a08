/**
 * The payer's accounting of one channel, exact to the base unit: what was signed, and what was received for it. Pure:
 * nothing is sent or signed here.
 *
 *     authorized = delivered + claims + doubtful + free
 *
 * A *claim* is what one request in progress may take before it is delivered. It is at most the request's step: the
 * price of one unit, or of as many as an event may cost. So a payee never holds more than what it delivered and one
 * step per request in progress. Events turn claims into `delivered`, and never more than was signed: an event beyond
 * that counts for nothing. *Doubtful* is what was signed for calls whose outcome is unknown. It is offered again before
 * anything more is signed. It is written off when the payee says that it was spent, and not twice without a delivery in
 * between. *Free* is what was signed for calls that were refused.
 */
import * as Uint from '../../codec/uint.ts'
import { type Decline, PolicyError } from './policy.ts'

/** What a payer remembers of its spending on a channel; base units. */
export interface Spending {
  /** Highest total signed. */
  authorized: bigint
  /** Price of what was received, at the price it was bought for. */
  delivered: bigint
  /** Signed for calls whose outcome is unknown. */
  doubtful: bigint
}

/** What one request under way may have before it is delivered. */
export interface Claim {
  /** Most that it may be; base units. */
  step: bigint
  /** Whether units may come and be asked for while it lasts. */
  readonly streaming: boolean
  /** Signed for this request and not delivered yet, in base units. */
  open: bigint
  /** The part of it that was doubtful before. */
  doubt: bigint
  /** The part of it that was signed for before the stream asked. */
  granted: bigint
  /** How often the stream asked since something came for it. */
  asked: number
}

/** How a claim is to be paid for: from free, doubtful and newly signed amounts. */
export interface Plan {
  claim: Claim
  fromFree: bigint
  fromDoubt: bigint
  fresh: bigint
  /** Streams beside it that get their next unit with the same voucher: they may be waiting, and would take this one. */
  grants: readonly Claim[]
  /** Whether the stream did not ask for it yet. */
  early?: boolean
  /** The total to sign; equal to what was signed before when nothing more is needed. */
  total: bigint
}

/** What a need-voucher event asks for. */
export interface Ask {
  requiredCumulative: bigint
  acceptedCumulative: bigint
}

/** SESS-SSE-014: whether a claim may grow. This rule keeps the signed amount close to the delivered amount. */
export const withinStep = ({ claim, more }: { claim: Claim; more: bigint }): Decline | undefined =>
  claim.open + more <= claim.step
    ? undefined
    : {
        code: 'beyond-delivery',
        message: `asked to sign for ${Uint.toDecimal(claim.open + more)} that was not delivered; the next unit costs ${Uint.toDecimal(claim.step)}`,
      }

/**
 * SESS-SSE-014: whether a unit may be signed for before the stream asks for it. Nothing that was signed may be without
 * its delivery then: what is signed ahead is all that a payee could take for nothing.
 */
export const withinAhead = ({ authorized, delivered, more, amount }: AheadInput): Decline | undefined =>
  authorized + more <= delivered + amount
    ? undefined
    : { code: 'beyond-delivery', message: 'more than one unit would be signed for before it came' }

/** A stream that has not asked yet; base units. */
export interface AheadInput extends Pick<Spending, 'authorized' | 'delivered'> {
  /** What would be signed for. */
  more: bigint
  /** Price of a unit. */
  amount: bigint
}

/** How often a stream may ask for one unit: some payees repeat a question until its answer is there. */
const maxQuestions = 32

/** SESS-CLI-004: whether a stream that asks again without a delivery is answered once more. */
export const asksAgain = ({ asked }: Pick<Claim, 'asked'>): Decline | undefined =>
  asked <= maxQuestions
    ? undefined
    : { code: 'beyond-delivery', message: `the stream asked ${asked} times, and delivered nothing` }

export class Tab {
  readonly #spending: Spending
  readonly #claims = new Set<Claim>()
  readonly #withinStep: typeof withinStep
  /** Written off since something was delivered. */
  #lost = 0n

  constructor(spending: Spending, rule = withinStep) {
    this.#spending = spending
    this.#withinStep = rule
  }

  /** Signed for calls that were refused. */
  get free(): bigint {
    const { authorized, delivered, doubtful } = this.#spending
    return authorized - delivered - doubtful - this.#open()
  }

  /** Whether no request is under way. */
  get idle(): boolean {
    return this.#claims.size === 0
  }

  /** Begins a request. */
  begin(step: bigint, streaming = false): Claim {
    const claim = { step, streaming, open: 0n, doubt: 0n, granted: 0n, asked: 0 }
    this.#claims.add(claim)
    return claim
  }

  /** Plans for one unit of a request: with what was signed already, then with more, by `minDelta` at least. */
  plan(claim: Claim, amount: bigint, minDelta = 0n): Plan {
    const more = Uint.max(amount - claim.open, 0n)
    this.#check(claim, more)
    const fromFree = Uint.min(this.free, more)
    // A stream takes all that is in doubt, as far as its step goes: it may cost as much.
    const room = claim.streaming ? claim.step - claim.open : more
    const fromDoubt = Uint.min(this.#spending.doubtful, room - fromFree)
    const fresh = Uint.max(more - fromFree - fromDoubt, 0n)
    const grants = [...this.#claims].filter(
      (other) => other !== claim && other.streaming && other.open === 0n,
    )
    const granted = grants.reduce((sum, { step }) => sum + step, 0n)
    const rise = fresh + granted
    const total = this.#spending.authorized + (rise === 0n ? 0n : Uint.max(rise, minDelta))
    return { claim, fromFree, fromDoubt, fresh, grants, total }
  }

  /** Plans for what a stream asks for. Throws `PolicyError` when that is more than its step. */
  answer(claim: Claim, { requiredCumulative, acceptedCumulative }: Ask): Plan {
    // A stream that asks has spent what was in doubt.
    this.#spend(claim)
    const { authorized } = this.#spending
    const asked = Uint.max(requiredCumulative - acceptedCumulative, 0n)
    const missing = Uint.max(requiredCumulative - authorized, 0n)
    const granted = Uint.min(claim.granted, asked)
    claim.granted -= granted
    // Others may have signed more since the stream asked; that is theirs.
    const fresh = Uint.max(this.#open() > claim.open ? asked - granted : 0n, missing)
    this.#check(claim, fresh)
    return { claim, fromFree: 0n, fromDoubt: 0n, fresh, grants: [], total: authorized + fresh }
  }

  /**
   * Plans for the next unit of a stream that has not asked for it; undefined where that must be left to its question:
   * other requests are under way, or something is signed for that was not delivered.
   */
  ahead(claim: Claim, amount: bigint, rule = withinAhead): Plan | undefined {
    if (this.#claims.size !== 1 || !this.#claims.has(claim)) return undefined
    const { authorized, delivered } = this.#spending
    const declined = rule({ authorized, delivered, more: amount, amount })
    const parts = { fromFree: 0n, fromDoubt: 0n, fresh: amount, grants: [], early: true }
    return declined === undefined ? { claim, ...parts, total: authorized + amount } : undefined
  }

  /** Carries out a plan: its total is signed from here on. */
  commit({ claim, fromFree, fromDoubt, fresh, grants, early, total }: Plan): void {
    this.#spending.doubtful -= fromDoubt
    this.#spending.authorized = total
    if (early && !this.#claims.has(claim)) {
      // The stream ended while this was being written down: it may take it all the same.
      this.#spending.doubtful += fresh
      return
    }
    if (early) claim.granted += fresh
    claim.open += fromFree + fromDoubt + fresh
    claim.doubt += fromDoubt
    for (const stream of grants) {
      stream.open += stream.step
      stream.granted = stream.step
    }
  }

  /** Something of this price came for a request: paid by its own claim, or by what else was signed; never by more. */
  deliver(claim: Claim, price: bigint): void {
    this.#served()
    let left = price
    const take = (available: bigint): bigint => {
      const taken = Uint.min(left, available)
      left -= taken
      return taken
    }
    const own = take(claim.open)
    lessen(claim, own)
    this.#spending.delivered += own
    this.#spending.delivered += take(this.free)
    const doubtful = take(this.#spending.doubtful)
    this.#spending.doubtful -= doubtful
    this.#spending.delivered += doubtful
    // A payee does not tell the requests of a channel apart: one request may receive the unit of another.
    for (const other of this.#claims) {
      const theirs = take(other.open)
      lessen(other, theirs)
      this.#spending.delivered += theirs
    }
    if (left < price) this.#lost = 0n
  }

  /** An answer came that may have been free: its claim ends as unknown, and the payee did serve. */
  serve(claim: Claim): void {
    this.#lost = 0n
    this.#served()
    this.end(claim, 'unknown')
  }

  /**
   * The payee says that a request's claim is spent. Answers whether that can be: it was in doubt, or a stream beside it
   * may have had it. Then the request may claim again.
   */
  spentElsewhere(claim: Claim, amount: bigint): boolean {
    if (this.#spend(claim) || claim.open < amount) return true
    const stream = [...this.#claims].find(
      (other) => other !== claim && other.streaming && other.open + claim.open <= other.step,
    )
    if (stream === undefined) return false
    stream.open += claim.open
    stream.granted += claim.open
    claim.open = 0n
    return true
  }

  /** Ends a request: the rest of its claim becomes free when it was refused, doubtful when the outcome is unknown. */
  end(claim: Claim, outcome: 'refused' | 'unknown'): void {
    if (!this.#claims.delete(claim)) return
    this.#spending.doubtful += outcome === 'refused' ? claim.doubt : claim.open
    lessen(claim, claim.open)
  }

  /** A last receipt of a stream: less was spent than was counted, when something came for nothing. */
  correct(spent: bigint): void {
    const over = this.#spending.delivered - spent
    if (!this.idle || over <= 0n) return
    this.#spending.delivered -= over
    this.#spending.doubtful += over
  }

  /** Something came: a unit that one request waits for may have gone to another. */
  #served(): void {
    for (const claim of this.#claims) claim.asked = 0
  }

  #open(): bigint {
    let sum = 0n
    for (const { open } of this.#claims) sum += open
    return sum
  }

  /** Writes off the doubtful part of a claim; answers whether there was one, and a delivery since the last. */
  #spend(claim: Claim): boolean {
    const { doubt, step } = claim
    if (doubt === 0n || this.#lost + doubt > step) return false
    this.#lost += doubt
    this.#spending.delivered += doubt
    lessen(claim, doubt)
    claim.doubt = 0n
    return true
  }

  #check(claim: Claim, more: bigint): void {
    const declined = this.#withinStep({ claim, more })
    if (declined !== undefined) throw new PolicyError(declined.code, declined.message)
  }
}

/** Takes from a claim: its parts are never more than it. */
function lessen(claim: Claim, amount: bigint): void {
  claim.open -= amount
  claim.doubt = Uint.min(claim.doubt, claim.open)
  claim.granted = Uint.min(claim.granted, claim.open)
}
