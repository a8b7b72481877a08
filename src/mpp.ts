/**
 * `streamed-payments/mpp`: the messages of the Payment HTTP authentication scheme, vouchers and their rules, the payer's
 * session and the payee's routes. Runs wherever there are `fetch` and WebCrypto: in Node, browsers and workers.
 * @module
 */

export type { Rpc } from './chain/rpc.ts'
export * as AuthParams from './codec/auth-params.ts'
export * as Base64url from './codec/base64url.ts'
export { DecodeError, type DecodeErrorCode, type DecodeErrorOptions } from './codec/decode-error.ts'
export * as Digest from './codec/digest.ts'
export type { Address, Bytes32, Hex } from './codec/hex.ts'
export * as IdempotencyKey from './codec/idempotency-key.ts'
export * as Jcs from './codec/jcs.ts'
export type { JsonObject } from './codec/json.ts'
export * as Json from './codec/json.ts'
export type { Known } from './codec/schema.ts'
export * as Sse from './codec/sse.ts'
export * as Timestamp from './codec/timestamp.ts'
export * as Uint from './codec/uint.ts'
export * as ChannelId from './contracts/channel-id.ts'
export * as CloseAuthorization from './contracts/close-authorization.ts'
export * as Descriptor from './contracts/descriptor.ts'
export * as Voucher from './contracts/voucher.ts'
export { type Limits, TimeoutError } from './http/limits.ts'
export type { Account } from './keys/account.ts'
export { accountFromKey, devAccounts, type KeyAccount } from './keys/accounts.ts'
export * as Signature from './keys/signature.ts'
export type { PayerChannel } from './mpp/client/channel.ts'
export type { DepositChoice } from './mpp/client/deposit.ts'
export { type Entry as JournalEntry, type Journal, memoryJournal } from './mpp/client/journal.ts'
export { type PolicyCode, PolicyError } from './mpp/client/policy.ts'
export { channelsOf, forceClose, type Standing } from './mpp/client/recover.ts'
export {
  type Closed,
  type Confirmation,
  type Purchase,
  type Session,
  type SessionEvent,
  type SessionOptions,
  session,
  type TermsChange,
} from './mpp/client/session.ts'
export { PaymentRefused, ServerError } from './mpp/client/wire.ts'
export * as Accounting from './mpp/ledger.ts'
export type { ChargeOffer } from './mpp/server/charge/offer.ts'
export type { PaidOperation, Service } from './mpp/server/discovery.ts'
export type { McpOffer, Tool } from './mpp/server/mcp/tools.ts'
export type { Offer } from './mpp/server/offer.ts'
export type { PayeeOptions } from './mpp/server/payee.ts'
export type { Payment } from './mpp/server/payment.ts'
export { type Handler, type Payments, payments } from './mpp/server/payments.ts'
export type { SponsorOptions } from './mpp/server/sponsor/limits.ts'
export type { ChargeStore } from './mpp/server/store/charges.ts'
export { memoryStore } from './mpp/server/store/memory.ts'
export type { ChannelRecord } from './mpp/server/store/record.ts'
export type { Change, ChannelStore } from './mpp/server/store/store.ts'
export type { PaidStream, StreamValue } from './mpp/server/stream.ts'
export { type Failure, UnclaimedChannels } from './mpp/server/unclaimed.ts'
export * as Binding from './mpp/wire/binding.ts'
export * as Challenge from './mpp/wire/challenge.ts'
export * as ChargeRequest from './mpp/wire/charge-request.ts'
export * as Credential from './mpp/wire/credential.ts'
export * as Discovery from './mpp/wire/discovery.ts'
export * as Events from './mpp/wire/events.ts'
export * as Mcp from './mpp/wire/mcp.ts'
export * as Payload from './mpp/wire/payload.ts'
export * as Preferences from './mpp/wire/preferences.ts'
export * as Problem from './mpp/wire/problem.ts'
export * as Proof from './mpp/wire/proof.ts'
export * as Receipt from './mpp/wire/receipt.ts'
export * as SessionField from './mpp/wire/session-field.ts'
export * as SessionRequest from './mpp/wire/session-request.ts'
export * as Snapshot from './mpp/wire/snapshot.ts'
export * as Source from './mpp/wire/source.ts'
export * as TempoCharge from './mpp/wire/tempo-charge.ts'
export { StoreUnavailable } from './store/table.ts'
