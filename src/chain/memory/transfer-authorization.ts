/** EIP-3009 tokens on the memory chain: the pure rules, with nonces read and written and tokens moved. */

import { DecodeError } from '../../codec/decode-error.ts'
import type { Address, Bytes32, Hex } from '../../codec/hex.ts'
import { isRevert } from '../../contracts/revert.ts'
import * as Token from '../../contracts/token.ts'
import * as TransferAuthorization from '../../contracts/transfer-authorization.ts'
import { abi, decodeCall } from '../../contracts/transfer-authorization-abi.ts'
import * as Signature from '../../keys/signature.ts'
import { type Execution, ExecutionRevert } from './execution.ts'
import { carryOut, tokenCall } from './token.ts'

/** A call of an EIP-3009 token to its return bytes. */
export function authorizationCall(execution: Execution, token: TransferAuthorization.Domain, data: Hex): Hex {
  const call = decodeCall(data)
  return call === undefined ? plain(execution, token, data) : change(execution, token, call)
}

function change(
  execution: Execution,
  token: TransferAuthorization.Domain,
  call: TransferAuthorization.Call,
): Hex {
  const { state, sender, timestamp, chainId, recoverKey } = execution
  const effect = TransferAuthorization.apply(call, {
    sender,
    timestamp,
    chainId,
    token,
    isUsed: (...used) => state.authorizations.get(key(token, ...used)) !== undefined,
    isSignedBy: (signer, digest, signature) => recovered(digest, signature, recoverKey) === signer,
  })
  if (isRevert(effect)) throw new ExecutionRevert(effect.revert, abi.encodeError(effect.revert))
  const { name, authorizer, nonce } = effect.event
  state.authorizations.set(key(token, authorizer, nonce), true)
  execution.logs.push(abi.encodeLog(token.address, name, { authorizer, nonce }))
  for (const move of effect.moves) carryOut(execution, Token.move(state, move))
  return '0x'
}

const key = ({ address }: TransferAuthorization.Domain, authorizer: Address, nonce: Bytes32) =>
  `${address}|${authorizer}|${nonce}`

/** The signer of a signature of 65 bytes with v 27 or 28 and low s; undefined for any other bytes. */
function recovered(
  digest: Bytes32,
  bytes: Hex,
  recoverKey: Signature.Recover | undefined,
): Address | undefined {
  if (bytes.length !== 132) return undefined
  try {
    const signature = Signature.decode(bytes)
    return Signature.isCanonical(signature) ? Signature.recover(signature, digest, recoverKey) : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** What needs no signature: its own views, and ERC-20. */
function plain(execution: Execution, token: TransferAuthorization.Domain, data: Hex): Hex {
  const { name, args } = abi.decodeCall(data)
  const ok = (result: unknown) => abi.encodeResult(name, result)
  switch (name) {
    case 'name':
    case 'symbol':
      return ok(token.name)
    case 'version':
      return ok(token.version)
    case 'DOMAIN_SEPARATOR':
      return ok(TransferAuthorization.domainSeparator(token, execution.chainId))
    case 'TRANSFER_WITH_AUTHORIZATION_TYPEHASH':
      return ok(TransferAuthorization.typeHashes.transferWithAuthorization)
    case 'RECEIVE_WITH_AUTHORIZATION_TYPEHASH':
      return ok(TransferAuthorization.typeHashes.receiveWithAuthorization)
    case 'CANCEL_AUTHORIZATION_TYPEHASH':
      return ok(TransferAuthorization.typeHashes.cancelAuthorization)
    case 'authorizationState': {
      const { authorizer, nonce } = args as { authorizer: Address; nonce: Bytes32 }
      return ok(execution.state.authorizations.get(key(token, authorizer, nonce)) !== undefined)
    }
    default:
      return tokenCall(execution, token.address, data)
  }
}
