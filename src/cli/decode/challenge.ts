/** Explains challenges and the requests in them. */
import * as AuthParams from '../../codec/auth-params.ts'
import type * as Json from '../../codec/json.ts'
import { decodeWith } from '../../codec/schema.ts'
import * as Timestamp from '../../codec/timestamp.ts'
import * as Binding from '../../mpp/wire/binding.ts'
import * as Challenge from '../../mpp/wire/challenge.ts'
import * as ChargeRequest from '../../mpp/wire/charge-request.ts'
import * as SessionRequest from '../../mpp/wire/session-request.ts'
import {
  type Check,
  type Context,
  check,
  duration,
  type Explanation,
  fails,
  flatten,
  holds,
  money,
  open,
  rows,
  type Section,
} from './explanation.ts'
import { Malformed, objectIn, reading } from './malformed.ts'

/** A `WWW-Authenticate` value: every Payment challenge in it. */
export function explainField(field: string, context: Context): Explanation {
  const schemes = reading('the field', field, () => AuthParams.decode(field))
  const found = schemes.filter(Challenge.isPayment)
  const others = schemes.filter((scheme) => !Challenge.isPayment(scheme))
  if (found.length === 0)
    throw new Malformed('wrong-scheme', 'no Payment challenge in the field', {
      layer: 'the field',
      text: field,
      at: others[0]?.at ?? 0,
    })
  const parts = found.map((scheme, index) => {
    const explained = explainScheme(scheme, field, context)
    return found.length === 1 ? explained : numbered(explained, index + 1)
  })
  return {
    title: found.length === 1 ? 'challenge' : `${found.length} challenges`,
    sections: [
      ...parts.flatMap(({ sections }) => sections),
      {
        title: 'other schemes in the field',
        rows: others.map(({ scheme, at }) => [scheme, `at offset ${at}`] as const),
      },
    ],
    checks: parts.flatMap(({ checks }) => checks),
  }
}

const numbered = ({ title, sections, checks }: Explanation, index: number): Explanation => ({
  title,
  sections: sections.map((section) => ({ ...section, title: `${section.title} ${index}` })),
  checks: checks.map((each) => ({ ...each, text: `${index}: ${each.text}` })),
})

function explainScheme(found: AuthParams.AuthScheme, field: string, context: Context): Explanation {
  const values = Object.fromEntries(found.params)
  for (const name of ['request', 'opaque']) {
    const text = found.params.get(name)
    if (text !== undefined) objectIn(text, `the challenge's ${name}`)
  }
  const challenge = reading('the challenge', field, () => Challenge.fromScheme(found), values)
  const ignored = [...found.params.keys()].filter((name) => !Object.hasOwn(Challenge.schema.shape, name))
  const explained = explainChallenge(challenge, context)
  return ignored.length === 0
    ? explained
    : { ...explained, checks: [...explained.checks, open(`ignored, as unknown: ${ignored.join(', ')}`)] }
}

/** The echo of a challenge as JSON. */
export const explainEcho = (value: Json.JsonObject, context: Context): Explanation =>
  explainChallenge(
    reading('the challenge', '', () => decodeWith(Challenge.schema, value), value),
    context,
  )

/** A challenge, its request, and what can be verified of it. */
export function explainChallenge(challenge: Challenge.Challenge, context: Context): Explanation {
  const { id, realm, method, intent, expires, digest, header, description, opaque } = challenge
  const request = objectIn(challenge.request, "the challenge's request")
  const sections: Section[] = [
    {
      title: 'challenge',
      rows: rows(
        ['id', id],
        ['realm', realm],
        ['method', method],
        ['intent', intent],
        ['expires', expires],
        ['digest', digest],
        ['header', header],
        ['description', description],
      ),
    },
    explainRequest(request, method, intent),
    {
      title: 'opaque',
      rows: opaque === undefined ? [] : flatten(objectIn(opaque, "the challenge's opaque")),
    },
  ]
  return { title: 'challenge', sections, checks: checks(challenge, context) }
}

/** A decoded request, in the words of its intent. */
export function explainRequest(request: Json.JsonObject, method: string, intent: string): Section {
  const layer = `the ${intent} request`
  const title = `request of a ${`${method} ${intent}`.trim()}`
  if (method === 'tempo' && intent === 'session') {
    const session = reading(layer, '', () => decodeWith(SessionRequest.schema, request), request)
    const { amount, currency, recipient, unitType, suggestedDeposit, methodDetails } = session
    return {
      title,
      rows: rows(
        ['price', `${money(amount, currency)} per ${unitType ?? 'unit'}`],
        ['currency', currency],
        ['recipient', recipient],
        ['suggested deposit', money(suggestedDeposit, currency)],
        [
          'protocol',
          methodDetails.sessionProtocol ?? `${SessionRequest.protocol(session)}, as none is named`,
        ],
        ['chain', String(methodDetails.chainId ?? `${SessionRequest.defaultChainId}, as none is named`)],
        ['escrow', methodDetails.escrowContract],
        ['operator', methodDetails.operator],
        ['known channel', methodDetails.channelId],
        ['least increase', money(methodDetails.minVoucherDelta, currency)],
        ['fees', methodDetails.feePayer ? 'paid by the server' : undefined],
      ),
    }
  }
  if (intent === 'charge') {
    const charge = reading(layer, '', () => decodeWith(ChargeRequest.schema, request), request)
    const { amount: _, ...rest } = request
    return {
      title,
      rows: [...rows(['amount', money(charge.amount, charge.currency)]), ...flatten(rest)],
    }
  }
  return { title, rows: flatten(request) }
}

function checks(challenge: Challenge.Challenge, { now, secret }: Context): Check[] {
  const out: Check[] = []
  if (secret === undefined) out.push(open('id not verified: give --secret to do so'))
  else if (Binding.verify(challenge, secret) === undefined) out.push(holds('id verifies with the secret'))
  else
    out.push(
      check(
        Binding.verify(challenge, secret, '00') === undefined,
        'id verifies with the secret, by draft-00: header is not covered',
        'id does not verify: another secret, or a parameter was altered, added or dropped',
      ),
    )
  if (challenge.expires !== undefined) {
    const rest = Timestamp.decode(challenge.expires) - now
    out.push(check(rest > 0, `expires in ${duration(rest)}`, `expired ${duration(rest)} ago`))
  }
  const field = Challenge.credentialField(challenge)
  out.push(
    field === undefined
      ? fails('header names a field that no client may use')
      : holds(`the credential goes in ${field}`),
  )
  return out
}
