/**
 * streamed-payments: codecs, session rules, channel contract, memory chain, reference server and client.
 * @module
 */

export { accountFromKey, devAccounts, type KeyAccount } from './chain/accounts.ts'
export {
  ChainClient,
  type ChainClientOptions,
  type Receipt as TransactionReceipt,
  type SendOptions,
} from './chain/client.ts'
export { EscrowClient, type EscrowReceipt } from './chain/escrow-client.ts'
export { FaultyRpc, type Times } from './chain/faults.ts'
export { httpRpc, RpcUnreachable } from './chain/http-rpc.ts'
export { MemoryChain, type MemoryChainOptions } from './chain/memory/chain.ts'
export type { Block, Mined } from './chain/memory/format.ts'
export type { State } from './chain/memory/state.ts'
export { type Rpc, RpcError, type RpcRequest } from './chain/rpc.ts'
export { type RpcServer, serveRpc } from './chain/rpc-server.ts'
export type { Signed } from './chain/transaction.ts'
export type { Log } from './channel/abi.ts'
export * as Authorization from './channel/authorization.ts'
export * as Escrow from './channel/escrow.ts'
export * as Reserve from './channel/reserve.ts'
export type { ChannelRevert } from './channel/revert.ts'
export type { PayerChannel } from './client/channel.ts'
export type { DepositChoice } from './client/deposit.ts'
export { fileJournal } from './client/file-journal.ts'
export { type Entry as JournalEntry, type Journal, memoryJournal } from './client/journal.ts'
export { type Limits, TimeoutError } from './client/limits.ts'
export { type PolicyCode, PolicyError } from './client/policy.ts'
export { channelsOf, forceClose, type Standing } from './client/recover.ts'
export {
  type Closed,
  type Purchase,
  type Session,
  type SessionEvent,
  type SessionOptions,
  session,
  type TermsChange,
} from './client/session.ts'
export { PaymentRefused, ServerError } from './client/wire.ts'
export * as AuthParams from './codec/auth-params.ts'
export * as Base64url from './codec/base64url.ts'
export { DecodeError, type DecodeErrorCode, type DecodeErrorOptions } from './codec/decode-error.ts'
export * as Digest from './codec/digest.ts'
export type { Address, Bytes32, Hex } from './codec/hex.ts'
export * as Jcs from './codec/jcs.ts'
export type { JsonObject } from './codec/json.ts'
export * as Json from './codec/json.ts'
export * as Sse from './codec/sse.ts'
export * as Timestamp from './codec/timestamp.ts'
export * as Uint from './codec/uint.ts'
export * as Accounting from './mpp/accounting.ts'
export * as Binding from './mpp/binding.ts'
export * as Challenge from './mpp/challenge.ts'
export * as ChannelId from './mpp/channel-id.ts'
export * as ChargeRequest from './mpp/charge-request.ts'
export * as Credential from './mpp/credential.ts'
export * as Descriptor from './mpp/descriptor.ts'
export * as Discovery from './mpp/discovery.ts'
export * as Events from './mpp/events.ts'
export * as IdempotencyKey from './mpp/idempotency-key.ts'
export * as Mcp from './mpp/mcp.ts'
export * as Payload from './mpp/payload.ts'
export * as Preferences from './mpp/preferences.ts'
export * as Problem from './mpp/problem.ts'
export * as Proof from './mpp/proof.ts'
export * as Receipt from './mpp/receipt.ts'
export type { Known } from './mpp/schema.ts'
export * as SessionField from './mpp/session-field.ts'
export * as SessionRequest from './mpp/session-request.ts'
export * as Signature from './mpp/signature.ts'
export * as Snapshot from './mpp/snapshot.ts'
export * as Source from './mpp/source.ts'
export * as TempoCharge from './mpp/tempo-charge.ts'
export * as Voucher from './mpp/voucher.ts'
export type { ChargeOffer } from './server/charge/offer.ts'
export type { PaidOperation, Service } from './server/discovery.ts'
export type { McpOffer, Tool } from './server/mcp/tools.ts'
export { type Listening, listen } from './server/node.ts'
export type { Offer } from './server/offer.ts'
export type { PayeeOptions } from './server/payee.ts'
export type { Payment } from './server/payment.ts'
export { type Handler, type Payments, payments } from './server/payments.ts'
export type { SponsorOptions } from './server/sponsor/limits.ts'
export type { ChannelStore } from './server/store/store.ts'
export type { PaidStream, StreamValue } from './server/stream.ts'
export { type Failure, UnclaimedChannels } from './server/unclaimed.ts'
