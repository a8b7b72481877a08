/**
 * `streamed-payments`: everything of its sub-paths but the kit and the vectors, and what only Node has: a server on a port,
 * a chain on a port, nodes over kept connections, channels on disk.
 * @module
 */

export { httpRpc } from './chain/http-rpc.ts'
export { type RpcServer, serveRpc } from './chain/rpc-server.ts'
export * from './chain.ts'
// In both: named here, or engines would take them for two things of one name.
export * as ChannelId from './contracts/channel-id.ts'
export * as Descriptor from './contracts/descriptor.ts'
export * as Voucher from './contracts/voucher.ts'
export { type Listening, listen } from './http/listen.ts'
export * as Signature from './keys/signature.ts'
export { fileJournal } from './mpp/client/file-journal.ts'
export { lmdbStore } from './mpp/server/store/lmdb.ts'
export * from './mpp.ts'
export { StoreInUse } from './store/owner.ts'
export { type DurableClaims, lmdbClaims } from './x402/server/lmdb-claims.ts'
