/** Every vector file there is. */
import type { Definition } from '../vector.ts'
import { accounting } from './accounting.ts'
import { authLists } from './auth-lists.ts'
import { authParams } from './auth-params.ts'
import { base64url } from './base64url.ts'
import { binding } from './binding.ts'
import { challenge } from './challenge.ts'
import { challengeEncode } from './challenge-encode.ts'
import { channel } from './channel.ts'
import { closeAuthorization } from './close-authorization.ts'
import { credential } from './credential.ts'
import { fields } from './fields.ts'
import { json } from './json.ts'
import { jsonRpc } from './json-rpc.ts'
import { problem } from './problem.ts'
import { proof } from './proof.ts'
import { receipt, snapshot } from './receipt.ts'
import { requests } from './requests.ts'
import { rfc3339 } from './rfc3339.ts'
import { sse } from './sse.ts'
import { transaction } from './transaction.ts'
import { discovery, mcp } from './transports.ts'
import { values } from './values.ts'
import { voucher } from './voucher.ts'
import { x402Exact } from './x402-exact.ts'
import { x402Payment } from './x402-payment.ts'
import { x402Required } from './x402-required.ts'

export const definitions: readonly Definition[] = [
  accounting,
  authLists,
  authParams,
  base64url,
  binding,
  challenge,
  challengeEncode,
  channel,
  closeAuthorization,
  credential,
  discovery,
  fields,
  json,
  jsonRpc,
  mcp,
  problem,
  proof,
  receipt,
  requests,
  rfc3339,
  snapshot,
  sse,
  transaction,
  values,
  voucher,
  x402Exact,
  x402Payment,
  x402Required,
]
