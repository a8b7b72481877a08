/**
 * `streamed-payments/chain`: the channel contracts as pure reducers, a chain in memory that speaks JSON-RPC, and what a
 * payer or payee asks a node. Runs wherever JavaScript runs; nothing here needs Node.
 * @module
 */

export type { Calls, ChannelCall, ChannelEvent, ChannelName, Slot } from './chain/channel-contract/face.ts'
export { type ChannelContract, channelContract, type EventNamed } from './chain/channel-contract.ts'
export {
  ChainClient,
  type ChainClientOptions,
  type Receipt as TransactionReceipt,
  type SendOptions,
} from './chain/client.ts'
export { FaultyRpc, type Times } from './chain/faults.ts'
export { type FetchRpcOptions, fetchRpc } from './chain/fetch-rpc.ts'
export { MemoryChain, type MemoryChainOptions } from './chain/memory/chain.ts'
export type { Block, Mined } from './chain/memory/format.ts'
export type { State } from './chain/memory/state.ts'
export { type Rpc, RpcError, type RpcRequest, RpcUnreachable } from './chain/rpc.ts'
export type { Signed } from './chain/transaction.ts'
export { DecodeError, type DecodeErrorCode, type DecodeErrorOptions } from './codec/decode-error.ts'
export type { Address, Bytes32, Hex } from './codec/hex.ts'
export type { Log } from './contracts/abi.ts'
export * as ChannelId from './contracts/channel-id.ts'
export * as Descriptor from './contracts/descriptor.ts'
export * as Escrow from './contracts/escrow.ts'
export * as Reserve from './contracts/reserve.ts'
export type { ChannelRevert } from './contracts/revert.ts'
export * as TransferAuthorization from './contracts/transfer-authorization.ts'
export * as Voucher from './contracts/voucher.ts'
export type { Account } from './keys/account.ts'
export { accountFromKey, devAccounts, type KeyAccount } from './keys/accounts.ts'
export * as Signature from './keys/signature.ts'
