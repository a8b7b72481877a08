/** One paid resource: from a request to its answer, in the order of the core draft's "Server Behavior". */
import * as Digest from '../../codec/digest.ts'
import type { Bytes32 } from '../../codec/hex.ts'
import * as Utf8 from '../../codec/utf8.ts'
import type { Entry } from '../../http/answers.ts'
import { maxRequestBytes, readBody, withBody } from '../../http/body.ts'
import type { Handler } from '../../http/handler.ts'
import * as Challenge from '../wire/challenge.ts'
import { type Refusal, refuse } from '../wire/problem.ts'
import {
  type ActionInput,
  type ActionResult,
  type Declined,
  isDeclined,
  isRefusal,
} from './actions/action.ts'
import { close } from './actions/close.ts'
import { opener } from './actions/open.ts'
import { topUp } from './actions/top-up.ts'
import { acceptVoucher } from './actions/voucher.ts'
import { answerProof, bootstraps, identityChallenge, isProof } from './bootstrap.ts'
import type { Collect } from './charge/collect.ts'
import { type ChargedKey, chargedKey, type KeyedRequest, maxKeyChars, usedElsewhere } from './charged-key.ts'
import { checkOffer } from './check-offer.ts'
import { findCredential, readCredential, type Verified } from './credential.ts'
import { guarded } from './guarded.ts'
import { exampleOf, issue, type Offer, termsOf } from './offer.ts'
import type { Payee } from './payee.ts'
import { opaqueOf } from './payment.ts'
import { forbidden, managed, type Paid, receiptFor, refused, tooMany } from './responses.ts'
import type { ChannelRecord } from './store/record.ts'

export interface Delivery {
  /** Answers a request for content whose payment is in order. */
  deliver(paid: Paid): Promise<Response>
  /** Whether content can be produced again without a charge, when its first answer was too long to keep. */
  repeatable: boolean
  /** Called when a credential for content has proved good and before it takes effect. */
  beforeContent?(channelId: Bytes32): void
}

/** Builds the handler of a resource. Throws `TypeError` for an offer that cannot be made. */
export function resource(payee: Payee, collect: Collect, offer: Offer, delivery: Delivery): Handler {
  const actions = { open: opener(), topUp, voucher: acceptVoucher, close }
  const act = (input: ActionInput): Promise<ActionResult> => actions[input.payload.action](input as never)
  checkOffer(offer, payee, () => exampleOf(offer, payee))

  return async function handle(request) {
    const body = await readBody(request)
    const answer = async (refusal: Refusal, known?: ChannelRecord) => {
      const response = refused(refusal, await issue(offer, payee, body ?? new Uint8Array(), known), request)
      if (bootstraps(offer) && request.method === 'HEAD' && response.status === 402)
        response.headers.append('www-authenticate', Challenge.encode(await identityChallenge(payee, offer)))
      return response
    }
    if (body === undefined)
      return answer(refuse('bad-request', `a body has at most ${maxRequestBytes} bytes`))
    const terms = await termsOf(offer, payee)
    const found = findCredential(request)
    if (found === undefined) return answer(refuse('payment-required', 'this resource is paid for'))
    if (isRefusal(found)) return answer(found)
    if (bootstraps(offer) && isProof(found)) {
      const told = await answerProof(payee, collect, { request, terms, found })
      return isRefusal(told) ? answer(told) : told
    }
    const verified = readCredential(found, body, terms, payee)
    if (isRefusal(verified)) return answer(verified)

    const { challenge } = verified
    const management =
      isManagement(request, body, verified) ||
      (payee.opensWithoutContent && verified.payload.action === 'open')
    const apply = () => applied({ payee, terms, ...verified }, { request, management })
    const respond = async (once?: ChargedKey): Promise<Response> => {
      const result = await apply()
      if (result instanceof Response) return result
      if (isRefusal(result)) return answer(result)
      const { record, transaction } = result
      const extra = transaction === undefined ? {} : { transaction }
      if (management) return managed(receiptFor(record, challenge.id, payee.clock(), extra))
      if (offer.allows?.(record.descriptor.payer) === false) return forbidden()
      const { id: challengeId } = challenge
      const opaque = opaqueOf(challenge)
      const paid = { request: withBody(request, body), offer, terms, record, challengeId, opaque }
      return delivery.deliver({
        ...paid,
        refuse: async (why) => answer(why, await payee.store.get(record.channelId)),
        ...(once === undefined ? {} : { once }),
      })
    }

    // Requests that only manage the channel are idempotent by themselves, and remembering them would cost unpaid
    // memory.
    const keyed = management ? undefined : keyedRequest(request, body, verified)
    if (keyed === 'too-long')
      return answer(refuse('bad-request', `an Idempotency-Key has at most ${maxKeyChars} characters`))
    if (keyed === undefined) return respond()
    for (;;) {
      const first = payee.answers.find(keyed)
      if (first === undefined) return payee.answers.remember(keyed, () => respond(chargedKey(keyed)))
      if (first.fingerprint !== keyed.fingerprint) return answer(usedElsewhere)
      const repeated = await repeat(first)
      if (repeated !== undefined) return repeated
    }

    /** The first answer again; undefined when there is none any more and the request counts as new. */
    async function repeat(first: Entry): Promise<Response | undefined> {
      if (first.payment !== keyedPayment(verified as Verified)) {
        // Another payment than the first one must prove itself before it is given the first one's answer.
        const result = await apply()
        if (result instanceof Response) return result
        if (isRefusal(result)) return answer(result)
      }
      const found = await first.answer()
      if (found === 'refused') return undefined
      if (found !== 'not-kept') return found
      return delivery.repeatable
        ? respond(chargedKey(keyed as KeyedRequest))
        : answer(refuse('bad-request', 'the first answer under this Idempotency-Key was too long to be kept'))
    }
  }

  /** Acts on a credential: the channel afterwards, or why not. */
  async function applied(
    input: ActionInput,
    { request, management }: { request: Request; management: boolean },
  ): Promise<Exclude<ActionResult, Declined> | Response> {
    const { payload, terms } = input
    const { channelId } = payload
    const { pace, holds } = payee
    let proved: bigint | undefined
    try {
      const result = await guarded(() =>
        act({
          ...input,
          pace: ({ ledger }, cumulativeAmount) => {
            proved = cumulativeAmount
            const held = holds.of(channelId)
            const { amount: price } = terms
            return pace.submit({
              channelId,
              ledger,
              cumulativeAmount,
              price,
              held,
              wantsContent: !management,
            })
          },
          beforeAccept: () => {
            if (!management) delivery.beforeContent?.(channelId)
          },
          ...(management || offer.allows === undefined ? {} : { allows: offer.allows }),
        }),
      )
      if (isDeclined(result))
        return result.declined === 'forbidden' ? forbidden() : tooMany(result.retryAfterSeconds)
      const unproved = isRefusal(result) && payload.action === 'voucher' && proved === undefined
      const wait = unproved ? pace.refused(payee.sender(request)) : 0
      return wait > 0 ? tooMany(wait) : result
    } finally {
      if (proved !== undefined) pace.done(channelId, proved)
    }
  }
}

/** Whether a request only changes the channel (spec/readings.md D7, D8). */
function isManagement({ method }: Request, body: Uint8Array, { payload }: Verified): boolean {
  if (payload.action === 'topUp' || payload.action === 'close') return true
  return method === 'HEAD' || (method !== 'GET' && body.length === 0)
}

const hashOf = (text: string): string => Digest.encode(Utf8.encode(text))

const keyedPayment = ({ payload }: Verified): string =>
  hashOf(
    JSON.stringify(payload, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
  )

/** What an Idempotency-Key covers; undefined without one. */
function keyedRequest(
  request: Request,
  body: Uint8Array,
  verified: Verified,
): KeyedRequest | 'too-long' | undefined {
  const key = request.headers.get('idempotency-key')
  if (key === null) return undefined
  if (key.length > maxKeyChars) return 'too-long'
  const { id } = verified.challenge
  return {
    key,
    challengeId: id,
    name: `${verified.payload.channelId} ${id} ${key}`,
    fingerprint: hashOf(`${request.method} ${request.url} ${Digest.encode(body)}`),
    payment: keyedPayment(verified),
  }
}
