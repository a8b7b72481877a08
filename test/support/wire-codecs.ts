/** Every codec of the wire layer: how to read it, how to write it, and values it must carry through both laws. */
import fc from 'fast-check'
import * as AuthParams from '../../src/codec/auth-params.ts'
import * as Base64url from '../../src/codec/base64url.ts'
import * as Digest from '../../src/codec/digest.ts'
import * as EncodedJson from '../../src/codec/encoded-json.ts'
import * as Hex from '../../src/codec/hex.ts'
import * as IdempotencyKey from '../../src/codec/idempotency-key.ts'
import * as Jcs from '../../src/codec/jcs.ts'
import * as Json from '../../src/codec/json.ts'
import * as Sse from '../../src/codec/sse.ts'
import * as Timestamp from '../../src/codec/timestamp.ts'
import * as Uint from '../../src/codec/uint.ts'
import * as Utf8 from '../../src/codec/utf8.ts'
import * as Descriptor from '../../src/contracts/descriptor.ts'
import * as Signature from '../../src/keys/signature.ts'
import * as Challenge from '../../src/mpp/wire/challenge.ts'
import * as ChargeRequest from '../../src/mpp/wire/charge-request.ts'
import * as Credential from '../../src/mpp/wire/credential.ts'
import * as Discovery from '../../src/mpp/wire/discovery.ts'
import * as Events from '../../src/mpp/wire/events.ts'
import * as Mcp from '../../src/mpp/wire/mcp.ts'
import * as Payload from '../../src/mpp/wire/payload.ts'
import * as Preferences from '../../src/mpp/wire/preferences.ts'
import * as Problem from '../../src/mpp/wire/problem.ts'
import * as Proof from '../../src/mpp/wire/proof.ts'
import * as Receipt from '../../src/mpp/wire/receipt.ts'
import * as SessionField from '../../src/mpp/wire/session-field.ts'
import * as SessionRequest from '../../src/mpp/wire/session-request.ts'
import * as Snapshot from '../../src/mpp/wire/snapshot.ts'
import * as Source from '../../src/mpp/wire/source.ts'
import * as TempoCharge from '../../src/mpp/wire/tempo-charge.ts'

/** A codec from text to values. `encode` writes the canonical text. */
export interface WireCodec {
  name: string
  values: fc.Arbitrary<unknown>
  encode: (value: unknown) => string
  decode: (text: string) => unknown
}

function codec<T>(
  name: string,
  values: fc.Arbitrary<T>,
  encode: (value: T) => string,
  decode: (text: string) => unknown,
): WireCodec {
  return { name, values, encode: (value) => encode(value as T), decode }
}

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Hex.encode(value))
const address = hex(20)
const bytes32 = hex(32)
const anyBytes = fc.uint8Array({ minLength: 1, maxLength: 80 }).map((value) => Hex.encode(value))
const amount = fc.bigInt(0n, Uint.maxUint128)
const chainId = fc.integer({ min: 1, max: 2 ** 31 })
const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const name = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,7}$/)
/** What one header parameter can hold. */
const fieldText = fc.string({
  unit: fc
    .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }))
    .map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 12,
})
const timestamp = fc
  .date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => Timestamp.encode(date.getTime()))
const json = fc.jsonValue({ depthSize: 'small' }).map((value) => Json.decode(JSON.stringify(value)))
/** Members without names that mean something to the object they are put in. */
const members = fc.dictionary(name, json, { maxKeys: 3 }) as fc.Arbitrary<Json.JsonObject>

/** A record whose `optional` members may be absent. */
function record<T, K extends keyof T>(model: { [Name in keyof T]: fc.Arbitrary<T[Name]> }, ...optional: K[]) {
  const required = (Object.keys(model) as (keyof T)[]).filter((key) => !optional.includes(key as K))
  return fc.record(model, {
    requiredKeys: required as never,
    noNullPrototype: true,
  }) as unknown as fc.Arbitrary<Omit<T, K> & Partial<Pick<T, K>>>
}

export const descriptors = fc.record(
  {
    payer: address,
    payee: address,
    operator: address,
    token: address,
    salt: bytes32,
    authorizedSigner: address,
    expiringNonceHash: bytes32,
  },
  { noNullPrototype: true },
)

const snapshots = record(
  {
    acceptedCumulative: amount,
    chainId,
    channelId: bytes32,
    closeRequestedAt: amount,
    deposit: amount,
    descriptor: descriptors,
    escrow: address,
    requiredCumulative: amount,
    settled: amount,
    spent: amount,
    units: fc.nat(),
  },
  'closeRequestedAt',
  'units',
)

const sessionRequests = record(
  {
    amount,
    currency: address,
    recipient: address,
    unitType: text,
    suggestedDeposit: amount,
    methodDetails: record(
      {
        escrowContract: address,
        chainId,
        sessionProtocol: fc.constantFrom('v1' as const, 'v2' as const),
        operator: address,
        channelId: bytes32,
        minVoucherDelta: amount,
        feePayer: fc.boolean(),
        sessionSnapshot: snapshots,
      },
      'chainId',
      'sessionProtocol',
      'operator',
      'channelId',
      'minVoucherDelta',
      'feePayer',
      'sessionSnapshot',
    ),
  },
  'unitType',
  'suggestedDeposit',
)

const challenges = record(
  {
    id: fieldText,
    realm: fieldText,
    method: fc.stringMatching(/^[a-z]{1,8}$/),
    intent: fc.stringMatching(/^[A-Za-z0-9-]{1,8}$/),
    request: members.map((value) => Challenge.encodeObject(value)),
    expires: timestamp,
    digest: fc.constant(Digest.encode(new Uint8Array())),
    opaque: fc.dictionary(name, text, { maxKeys: 2 }).map((value) => Challenge.encodeObject(value)),
    header: fc.constant('Payment-Authorization'),
    description: fieldText,
  },
  'expires',
  'digest',
  'opaque',
  'header',
  'description',
)

const credentials = record({ challenge: challenges, source: text, payload: members }, 'source')

const signatures = fc.record(
  {
    r: fc.bigInt(1n, Signature.order - 1n),
    s: fc.bigInt(1n, Signature.order - 1n),
    yParity: fc.constantFrom(0 as const, 1 as const),
  },
  { noNullPrototype: true },
)

const voucher = { cumulativeAmount: amount, signature: anyBytes }
const channel = { channelId: bytes32, descriptor: descriptors }
const payloads: fc.Arbitrary<Payload.Payload> = fc.oneof(
  record({ action: fc.constant('voucher' as const), ...channel, ...voucher }, 'descriptor'),
  record({ action: fc.constant('close' as const), ...channel, ...voucher }, 'descriptor'),
  record(
    {
      action: fc.constant('topUp' as const),
      type: fc.constant('transaction' as const),
      ...channel,
      transaction: anyBytes,
      additionalDeposit: amount,
    },
    'descriptor',
  ),
  record(
    {
      action: fc.constant('open' as const),
      type: fc.constant('transaction' as const),
      ...channel,
      ...voucher,
      transaction: anyBytes,
      authorizedSigner: address,
    },
    'descriptor',
    'authorizedSigner',
  ),
) as fc.Arbitrary<Payload.Payload>

const receipts = fc
  .record(
    {
      timestamp,
      challengeId: text,
      channelId: bytes32,
      acceptedCumulative: amount,
      spent: amount,
      units: fc.nat(),
    },
    { noNullPrototype: true },
  )
  .map((fields) => Receipt.from(fields))

const ranges = fc.array(
  fc.record(
    {
      method: fc.oneof(fc.constant('*'), fc.stringMatching(/^[a-z]{1,6}$/)),
      intent: fc.oneof(fc.constant('*'), fc.stringMatching(/^[A-Za-z0-9-]{1,6}$/)),
      q: fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 4 },
)

/** Offers a document can list; absent members stay absent. */
const offers = fc.array(
  record(
    {
      intent: fc.constantFrom('charge' as const, 'session' as const),
      method: fc.stringMatching(/^[a-z]{1,6}$/),
      amount: fc.oneof(
        fc.constant(null),
        amount.map((value) => value.toString()),
      ),
      currency: text,
      description: text,
    },
    'currency',
    'description',
  ),
  { minLength: 1, maxLength: 3 },
)

const needs = fc.record(
  { acceptedCumulative: amount, channelId: bytes32, deposit: amount, requiredCumulative: amount },
  { noNullPrototype: true },
)
/** The data of the one event in a text. */
const dataOf = (frame: string): string => Sse.reader().push(Utf8.encode(frame))[0]?.data ?? ''

/** JSON-RPC carries no `header`, and `request` as an object. */
const rpcChallenges = challenges.map(({ header: _, ...challenge }) => challenge as Challenge.Challenge)

const scheme = fc
  .tuple(
    fc.stringMatching(/^[A-Z][a-z]{1,7}$/),
    fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), fieldText), {
      minLength: 1,
      maxLength: 4,
      selector: ([key]) => key,
    }),
  )
  .map(([name, params]) => ({ scheme: name, params }))

/** All of them. What one cannot write, `problem` aside, it also refuses to read. */
const tempoCharges: fc.Arbitrary<TempoCharge.Request> = fc.record(
  {
    amount: fc.bigInt(2n ** 128n, Uint.maxUint256),
    currency: address,
    recipient: address,
    externalId: text,
    methodDetails: fc.record(
      {
        chainId,
        feePayer: fc.boolean(),
        memo: bytes32,
        // Shares of uint96 stay below an amount of 2^128 and more.
        splits: fc.array(
          fc.record({ amount: fc.bigInt(1n, Uint.maxUint96), recipient: address }, { noNullPrototype: true }),
          { minLength: 1, maxLength: 3 },
        ),
        supportedModes: fc.constantFrom<TempoCharge.Mode[]>(['pull'], ['push'], ['pull', 'push']),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
  { requiredKeys: ['amount', 'currency', 'recipient'], noNullPrototype: true },
)

export const wireCodecs: readonly WireCodec[] = [
  codec('base64url', fc.uint8Array({ maxLength: 64 }), Base64url.encode, Base64url.decode),
  codec('hex', fc.uint8Array({ maxLength: 64 }), Hex.encode, Hex.decode),
  codec(
    'utf8',
    fc.string({ unit: 'binary', maxLength: 32 }),
    (value) => Base64url.encode(Utf8.encode(value)),
    (token) => Utf8.decode(Base64url.decode(token)),
  ),
  codec('uint', fc.bigInt(0n, Uint.maxUint128), Uint.encode, (value) => Uint.decode(value)),
  codec('timestamp', fc.integer({ min: 0, max: 253402300799999 }), Timestamp.encode, Timestamp.decode),
  codec('json', json, Jcs.encode, Json.decode),
  codec('encoded-json', members, EncodedJson.encode, (token) => EncodedJson.decode(token, 65_536)),
  codec(
    'auth-params',
    scheme,
    (value) => AuthParams.encode(value.scheme, value.params),
    (field) => {
      const [found] = AuthParams.decode(field)
      return { scheme: found?.scheme, params: [...(found?.params ?? [])] }
    },
  ),
  codec(
    'sse',
    fc.record(
      {
        event: name,
        data: fc.string({ unit: fc.constantFrom('a', ':', ' ', '\n', 'é', '😀'), maxLength: 12 }),
      },
      { noNullPrototype: true },
    ),
    Sse.encode,
    (frame) => Sse.reader().push(Utf8.encode(frame))[0],
  ),
  codec(
    'challenge',
    challenges as fc.Arbitrary<Challenge.Challenge>,
    (value) => Challenge.encode(value),
    (field) => Challenge.decode(field)[0],
  ),
  codec(
    'credential',
    credentials as fc.Arbitrary<Credential.Credential>,
    Credential.encode,
    Credential.decode,
  ),
  codec('receipt', receipts, Receipt.encode, Receipt.decode),
  codec(
    'core receipt',
    fc.record(
      { status: fc.constant('success' as const), method: name, timestamp, reference: text },
      { noNullPrototype: true },
    ),
    Receipt.encodeCore,
    Receipt.decodeCore,
  ),
  codec(
    'session request',
    sessionRequests as fc.Arbitrary<SessionRequest.SessionRequest>,
    SessionRequest.encode,
    SessionRequest.decode,
  ),
  codec(
    'charge request',
    record(
      { amount: fc.bigInt(0n, Uint.maxUint256), currency: fc.stringMatching(/^[a-z]{3}$/), recipient: text },
      'recipient',
    ) as fc.Arbitrary<ChargeRequest.ChargeRequest>,
    ChargeRequest.encode,
    ChargeRequest.decode,
  ),
  codec('snapshot', snapshots as fc.Arbitrary<Snapshot.Snapshot>, Snapshot.encode, Snapshot.decode),
  codec(
    'descriptor',
    descriptors,
    (value) => Jcs.encode(Descriptor.toJson(value)),
    (value) => Descriptor.fromJson(Json.decode(value)),
  ),
  codec(
    'payload',
    payloads,
    (value) => Jcs.encode(Payload.toJson(value)),
    (value) => Payload.fromJson(Json.decode(value)),
  ),
  codec(
    'proof payload',
    anyBytes.map((signature): Proof.Proof => ({ type: 'proof', signature })),
    (value) => Jcs.encode(Proof.toJson(value)),
    (value) => Proof.fromJson(Json.decode(value)),
  ),
  codec('tempo charge request', tempoCharges, TempoCharge.encode, TempoCharge.decode),
  codec(
    'tempo charge payload',
    fc.oneof(
      anyBytes.map((signature): TempoCharge.Payload => ({ type: 'transaction', signature })),
      bytes32.map((hash): TempoCharge.Payload => ({ type: 'hash', hash })),
      anyBytes.map((signature): TempoCharge.Payload => ({ type: 'proof', signature })),
    ),
    (value) => Jcs.encode(TempoCharge.payloadToJson(value)),
    (value) => TempoCharge.payloadFromJson(Json.decode(value)),
  ),
  codec('signature', signatures, Signature.encode, Signature.decode),
  codec('source', fc.record({ chainId, address }, { noNullPrototype: true }), Source.encode, Source.decode),
  codec('session field', bytes32, SessionField.encode, SessionField.decode),
  codec('preferences', ranges, Preferences.encode, Preferences.decode),
  codec(
    'idempotency key',
    fc.stringMatching(/^[ -~]{1,40}$/).filter((key) => key.trim() !== ''),
    IdempotencyKey.encode,
    IdempotencyKey.decode,
  ),
  codec(
    'digest',
    fc.uint8Array({ maxLength: 32 }).map((body) => Digest.decode(Digest.encode(body))),
    (value) =>
      [...value]
        .map(([algorithm, bytes]) => `${algorithm}=:${Buffer.from(bytes).toString('base64')}:`)
        .join(', '),
    Digest.decode,
  ),
  codec(
    'need-voucher event',
    needs,
    (value) => Events.encodeNeedVoucher(value),
    (frame) => Events.decodeNeedVoucher(dataOf(frame)),
  ),
  codec(
    'receipt event',
    receipts,
    (value) => Events.encodeReceipt(value),
    (frame) => Events.decodeReceipt(dataOf(frame)),
  ),
  codec(
    'problem',
    record(
      {
        type: text,
        title: text,
        status: fc.integer({ min: 100, max: 599 }),
        detail: text,
        requiredTopUp: text,
      },
      'title',
      'status',
      'detail',
      'requiredTopUp',
    ) as fc.Arbitrary<Problem.Problem>,
    Problem.encode,
    Problem.decode,
  ),
  codec(
    'JSON-RPC error',
    fc.record(
      {
        code: fc.constantFrom(-32042 as const, -32043 as const),
        message: text,
        challenges: fc.array(rpcChallenges, { minLength: 1, maxLength: 2 }),
      },
      { noNullPrototype: true },
    ),
    (value) => Jcs.encode(Mcp.encodeError(value)),
    (value) => Mcp.decodeError(Json.decode(value)),
  ),
  codec(
    'JSON-RPC credential',
    fc.tuple(rpcChallenges, members).map(([challenge, payload]) => ({ challenge, payload })),
    (value) => Jcs.encode(Mcp.withCredential({ jsonrpc: '2.0' }, value, 'nested')),
    (value) => Mcp.credentialOf(Json.decode(value) as Json.JsonObject),
  ),
  codec(
    'JSON-RPC receipt',
    fc.record(
      { status: fc.constant('success' as const), method: name, timestamp, challengeId: fieldText },
      { noNullPrototype: true },
    ),
    (value) => Jcs.encode(Mcp.withReceipt({ jsonrpc: '2.0' }, value, 'root')),
    (value) => Mcp.receiptOf(Json.decode(value) as Json.JsonObject),
  ),
  codec(
    'discovery offers',
    offers as fc.Arbitrary<Discovery.Offer[]>,
    (value) => Jcs.encode(Discovery.encodeOffers(value)),
    (value) => Discovery.offersOf(Json.decode(value)),
  ),
]
