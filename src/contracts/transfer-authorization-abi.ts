/** ABI of an EIP-3009 token: ERC-20, and its authorizations with a signature whole or in three parts. */
import type { Hex } from '../codec/hex.ts'
import { contractAbi } from './abi.ts'
import type * as TransferAuthorization from './transfer-authorization.ts'

const terms =
  'address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce'
const parts = 'uint8 v, bytes32 r, bytes32 s'

export const abi = contractAbi([
  'function name() view returns (string)',
  'function symbol() view returns (string)',
  'function version() view returns (string)',
  'function decimals() view returns (uint8)',
  'function totalSupply() view returns (uint256)',
  'function balanceOf(address account) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function transfer(address to, uint256 amount) returns (bool)',
  'function transferFrom(address from, address to, uint256 amount) returns (bool)',
  'function approve(address spender, uint256 amount) returns (bool)',
  'function DOMAIN_SEPARATOR() view returns (bytes32)',
  'function TRANSFER_WITH_AUTHORIZATION_TYPEHASH() view returns (bytes32)',
  'function RECEIVE_WITH_AUTHORIZATION_TYPEHASH() view returns (bytes32)',
  'function CANCEL_AUTHORIZATION_TYPEHASH() view returns (bytes32)',
  'function authorizationState(address authorizer, bytes32 nonce) view returns (bool)',
  `function transferWithAuthorization(${terms}, bytes signature)`,
  `function transferWithAuthorization(${terms}, ${parts})`,
  `function receiveWithAuthorization(${terms}, bytes signature)`,
  `function receiveWithAuthorization(${terms}, ${parts})`,
  'function cancelAuthorization(address authorizer, bytes32 nonce, bytes signature)',
  `function cancelAuthorization(address authorizer, bytes32 nonce, ${parts})`,
  'event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce)',
  'event AuthorizationCanceled(address indexed authorizer, bytes32 indexed nonce)',
  'error CallerNotPayee()',
  'error AuthorizationNotYetValid()',
  'error AuthorizationExpired()',
  'error AuthorizationUsedOrCanceled()',
  'error InvalidSignature()',
])

const methods = new Set(['transferWithAuthorization', 'receiveWithAuthorization', 'cancelAuthorization'])

/** A call to its calldata, the signature whole. */
export const encodeCall = (call: TransferAuthorization.Call): Hex => abi.encodeCall(call.type, { ...call })

/** Calldata to a call, or undefined for one that needs no signature. Throws `DecodeError`. */
export function decodeCall(data: Hex): TransferAuthorization.Call | undefined {
  const { name, args } = abi.decodeCall(data)
  if (!methods.has(name)) return undefined
  const { v, r, s, ...named } = args as { v?: number; r?: Hex; s?: Hex }
  const signature =
    v === undefined ? {} : { signature: `${r}${s?.slice(2)}${v.toString(16).padStart(2, '0')}` as Hex }
  return { type: name, ...named, ...signature } as TransferAuthorization.Call
}
