/**
 * What is tried with each bound member of an echo: left out, and altered; of the request, each member that says what is
 * paid, to whom and where. The id stays the one that was issued, so that the change alone makes the echo wrong.
 */
import * as Base64url from '../../../../../src/codec/base64url.ts'
import * as Digest from '../../../../../src/codec/digest.ts'
import type * as Json from '../../../../../src/codec/json.ts'
import * as Timestamp from '../../../../../src/codec/timestamp.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { requestOf } from '../../../../peers/mpp/payer/legible.ts'
import { without, withRequest } from '../../../../peers/mpp/payer/offer.ts'
import { stranger } from '../strangers.ts'

type Issued = Challenge.Challenge
type Member = Exclude<keyof Issued, 'description'>

/** One change of an echo. */
export interface Change {
  member: Member
  /** `toggled`: left out where it was issued, added where none was. */
  kind: 'missing' | 'altered' | 'toggled'
  alter: (issued: Issued) => Issued
  /** The member of the request that is changed, alone. */
  term?: string
}

const dayMs = 86_400_000

const leftOut = (member: Member): Record<string, Change> => ({
  [`no ${member}`]: { member, kind: 'missing', alter: (issued) => without(issued, member) },
})

const altered = (member: Member, what: string, alter: Change['alter']): Record<string, Change> => ({
  [what]: { member, kind: 'altered', alter },
})

const toggled = (member: Member, what: string, value: () => string): Record<string, Change> => ({
  [what]: {
    member,
    kind: 'toggled',
    alter: (issued) =>
      issued[member] === undefined ? { ...issued, [member]: value() } : without(issued, member),
  },
})

const term = (
  what: string,
  name: string,
  change: (request: Json.JsonObject) => Json.JsonObject,
): Record<string, Change> => ({
  [what]: {
    member: 'request',
    kind: 'altered',
    term: name,
    alter: (issued) => withRequest(issued, change(requestOf(issued))),
  },
})

/** A member of the request's method details. */
const detail = (
  what: string,
  name: string,
  change: (details: Json.JsonObject) => Json.JsonValue,
): Record<string, Change> => ({
  [what]: {
    member: 'request',
    kind: 'altered',
    term: name,
    alter: (issued) => {
      const details = (requestOf(issued)['methodDetails'] ?? {}) as Json.JsonObject
      return withRequest(issued, {}, { [name]: change(details) })
    },
  },
})

/** Row by row: what is tried. */
export const rows = {
  id: {
    ...leftOut('id'),
    ...altered('id', 'an id nobody issued', (issued) => ({
      ...issued,
      id: Base64url.encode(new Uint8Array(32).fill(7)),
    })),
  },
  realm: {
    ...leftOut('realm'),
    ...altered('realm', 'another realm', (issued) => ({ ...issued, realm: `${issued.realm}.example` })),
  },
  method: {
    ...leftOut('method'),
    ...altered('method', 'another method', (issued) => ({ ...issued, method: 'stripe' })),
  },
  intent: {
    ...leftOut('intent'),
    ...altered('intent', 'another intent', (issued) => ({ ...issued, intent: 'charge' })),
  },
  request: {
    ...leftOut('request'),
    ...term('another recipient', 'recipient', () => ({ recipient: stranger.address })),
    ...term('a lower amount', 'amount', ({ amount }) => ({ amount: amount === '1' ? '0' : '1' })),
    ...term('another token', 'currency', () => ({ currency: stranger.address })),
    ...term('a member more', 'discount', () => ({ discount: '100%' })),
    ...detail('another escrow', 'escrowContract', () => stranger.address),
    ...detail('another chain', 'chainId', ({ chainId }) => Number(chainId ?? 0) + 1),
  },
  expires: {
    ...altered('expires', 'a later end', (issued) => ({
      ...issued,
      expires: Timestamp.encode(Date.now() + dayMs),
    })),
    ...toggled('expires', 'no end', () => Timestamp.encode(Date.now() + dayMs)),
  },
  // The right digest of the body that is sent, which is empty: only the binding can tell.
  digest: altered('digest', 'a digest', (issued) => ({
    ...issued,
    digest: Digest.encode(new Uint8Array()),
  })),
  opaque: {
    ...altered('opaque', 'another opaque', (issued) => ({
      ...issued,
      opaque: Challenge.encodeObject({ tier: 'gold' }),
    })),
    ...toggled('opaque', 'an opaque more or less', () => Challenge.encodeObject({ seat: 'front' })),
  },
  header: toggled('header', 'another field', () => Challenge.alternateField),
} satisfies Readonly<Record<Member, Readonly<Record<string, Change>>>>
