/**
 * What was agreed with a payee, as pure rules: a payee that asks for other terms later is asked about again, before
 * anything is signed for them.
 */
import type { SessionRequest } from '../wire/session-request.ts'
import type { Decline } from './policy.ts'
import { protocolOf } from './session-protocol.ts'

/** A term that changed, to what the payer had not agreed to. */
export type Change = 'amount' | 'unitType' | 'minVoucherDelta' | 'feePayer'

/** What a payer is asked: whether the new terms will do. */
export interface TermsChange {
  url: string
  changed: readonly Change[]
  agreed: SessionRequest
  asked: SessionRequest
}

/** Terms that a channel is bound to: no consent can move a channel to another payee. */
const bound = {
  payee: ({ recipient }: SessionRequest) => recipient,
  token: ({ currency }: SessionRequest) => currency,
  escrow: ({ methodDetails }: SessionRequest) => methodDetails.escrowContract,
  chain: ({ methodDetails }: SessionRequest) => methodDetails.chainId,
  operator: ({ methodDetails }: SessionRequest) => methodDetails.operator,
  protocol: protocolOf,
} as const

/** Declines terms that the channel which was opened under `agreed` cannot pay. */
export function sameChannel(agreed: SessionRequest, asked: SessionRequest): Decline | undefined {
  const moved = Object.entries(bound).find(([, of]) => of(agreed) !== of(asked))
  return moved === undefined
    ? undefined
    : {
        code: 'unexpected-recipient',
        message: `the ${moved[0]} changed: this is paid on another channel than the session has`,
      }
}

const raised = (before: bigint | undefined, now: bigint | undefined): boolean => (now ?? 0n) > (before ?? 0n)

/** What changed to the payer's cost, or means something else now. A lower price needs no consent. */
export function changes(agreed: SessionRequest, asked: SessionRequest): Change[] {
  const [before, now] = [agreed.methodDetails, asked.methodDetails]
  const changed: Record<Change, boolean> = {
    amount: raised(agreed.amount, asked.amount),
    unitType: agreed.unitType !== asked.unitType,
    minVoucherDelta: raised(before.minVoucherDelta, now.minVoucherDelta),
    feePayer: before.feePayer === true && now.feePayer !== true,
  }
  return (Object.keys(changed) as Change[]).filter((name) => changed[name])
}

/** A channel is its payee's: no other origin learns of it. */
export function sameOrigin({ opened, url }: { opened: string; url: string }): Decline | undefined {
  const [own, other] = [new URL(opened).origin, new URL(url).origin]
  return own === other
    ? undefined
    : {
        code: 'foreign-origin',
        message: `the session's channel is with ${own}; pay ${other} from a session of its own`,
      }
}

/** What is agreed to: by resource, and the highest price of all. */
export class Agreements {
  readonly #byResource = new Map<string, SessionRequest>()
  readonly #changes: typeof changes
  #dearest: SessionRequest | undefined

  constructor(rule: typeof changes = changes) {
    this.#changes = rule
  }

  /** Whether nothing was agreed to yet. */
  get empty(): boolean {
    return this.#dearest === undefined
  }

  /**
   * What is new in terms that a resource asks for; undefined when nothing is, or nothing was agreed to before. Another
   * resource may sell other units, but not at a higher price.
   */
  change(url: string, asked: SessionRequest): TermsChange | undefined {
    const before = this.#byResource.get(resourceOf(url))
    const agreed = before ?? this.#dearest
    if (agreed === undefined) return undefined
    const changed = this.#changes(agreed, asked).filter((name) => before !== undefined || name === 'amount')
    return changed.length === 0 ? undefined : { url, changed, agreed, asked }
  }

  /** Takes terms as agreed. */
  add(url: string, terms: SessionRequest): void {
    this.#byResource.set(resourceOf(url), terms)
    if (this.#dearest === undefined || terms.amount > this.#dearest.amount) this.#dearest = terms
  }
}

/** A query asks for something else of the same resource. */
const resourceOf = (url: string): string => url.replace(/[?#].*$/s, '')
