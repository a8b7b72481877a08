/**
 * EIP-3009: a transfer that its payer signs and anybody may submit, once, within a window of time. x402 pays with it.
 * Pure, like the channels: a call and its context to the nonce that is used up and the tokens to move, or a revert. The
 * checks stand in the standard's order: caller, window, nonce, signature; then the token's own.
 * Errors have names here; deployed tokens revert with texts of their own.
 */
import type { Address, Bytes32, Hex } from '../codec/hex.ts'
import { keccakText } from '../keys/keccak.ts'
import * as TypedData from '../keys/typed-data.ts'
import { type ChannelRevert, revert } from './revert.ts'
import type { Move } from './token.ts'

/** The token x402 asks for on Base Sepolia, and the names its EIP-712 domain has. */
export const usdc: Domain = {
  address: '0x036cbd53842c5426634e7929541ec2318f3dcf7e',
  name: 'USDC',
  version: '2',
}

/** What the EIP-712 domain of a token says beside its chain. */
export interface Domain {
  address: Address
  name: string
  version: string
}

/** What a payer signs. Amount in base units, times in seconds, both ends of the window excluded. */
export interface TransferAuthorization {
  from: Address
  to: Address
  value: bigint
  validAfter: bigint
  validBefore: bigint
  /** Random: orders nothing, and is used once for each payer. */
  nonce: Bytes32
}

type TransferMethod = 'transferWithAuthorization' | 'receiveWithAuthorization'

/** A call of an EIP-3009 token. */
export type Call =
  | ({ type: TransferMethod; signature: Hex } & TransferAuthorization)
  | { type: 'cancelAuthorization'; authorizer: Address; nonce: Bytes32; signature: Hex }

/** What surrounds a call. */
export interface Context {
  sender: Address
  /** Seconds since the epoch. */
  timestamp: number
  chainId: number
  token: Domain
  isUsed(authorizer: Address, nonce: Bytes32): boolean
  isSignedBy(signer: Address, digest: Bytes32, signature: Hex): boolean
}

/** What a call of an EIP-3009 token does. */
export interface Effect {
  /** Whose nonce is used up, and how. */
  event: { name: 'AuthorizationUsed' | 'AuthorizationCanceled'; authorizer: Address; nonce: Bytes32 }
  /** The transfer, unless it was cancelled. */
  moves: readonly Move[]
}

const terms = 'address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce'
/** EIP-712 type hashes, by method. */
export const typeHashes: Record<Call['type'], Bytes32> = {
  transferWithAuthorization: keccakText(`TransferWithAuthorization(${terms})`),
  receiveWithAuthorization: keccakText(`ReceiveWithAuthorization(${terms})`),
  cancelAuthorization: keccakText('CancelAuthorization(address authorizer,bytes32 nonce)'),
}

/** The EIP-712 domain separator of a token on a chain. */
export const domainSeparator = ({ address, name, version }: Domain, chainId: number): Bytes32 =>
  TypedData.domainSeparator({ name, version, chainId, verifyingContract: address })

/** The 32 bytes that are signed for a call. */
export function digest(call: Call, token: Domain, chainId: number): Bytes32 {
  const members =
    call.type === 'cancelAuthorization'
      ? [call.authorizer, call.nonce]
      : [call.from, call.to, call.value, call.validAfter, call.validBefore, call.nonce]
  return TypedData.digest(domainSeparator(token, chainId), typeHashes[call.type], ...members)
}

/** One call of an EIP-3009 token. */
export function apply(call: Call, context: Context): Effect | ChannelRevert {
  const { timestamp, sender, token, chainId } = context
  const { nonce } = call
  const authorizer = call.type === 'cancelAuthorization' ? call.authorizer : call.from
  // Only the recipient may submit it, so that no other sender can use the signature first.
  if (call.type === 'receiveWithAuthorization' && sender !== call.to) return revert('CallerNotPayee')
  if (call.type !== 'cancelAuthorization') {
    if (BigInt(timestamp) <= call.validAfter) return revert('AuthorizationNotYetValid')
    if (BigInt(timestamp) >= call.validBefore) return revert('AuthorizationExpired')
  }
  if (context.isUsed(authorizer, nonce)) return revert('AuthorizationUsedOrCanceled')
  if (!context.isSignedBy(authorizer, digest(call, token, chainId), call.signature))
    return revert('InvalidSignature')
  if (call.type === 'cancelAuthorization')
    return { event: { name: 'AuthorizationCanceled', authorizer, nonce }, moves: [] }
  const { from, to, value: amount } = call
  return {
    event: { name: 'AuthorizationUsed', authorizer, nonce },
    moves: [{ token: token.address, from, to, amount }],
  }
}
