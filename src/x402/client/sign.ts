/** Signs a payment: the transfer that was asked for, within the window the policy allows. */

import { DecodeError } from '../../codec/decode-error.ts'
import * as Hex from '../../codec/hex.ts'
import type { Account } from '../../keys/account.ts'
import * as Exact from '../wire/exact.ts'
import { chainIdOf } from '../wire/network.ts'
import * as Payment from '../wire/payment.ts'
import * as PaymentIdentifier from '../wire/payment-identifier.ts'
import type { Required } from '../wire/required.ts'
import type { Requirements } from '../wire/requirements.ts'
import { type Policy, PolicyError } from './policy.ts'
import type { Signed } from './unspent.ts'

/** Seconds the window begins before now: clocks of chains are behind at times. */
const backdatedSeconds = 600

export interface SignOptions {
  account: Account
  policy: Policy
  /** Seconds since the epoch. */
  now: number
  random: (bytes: number) => Uint8Array
}

/** Signs. Throws `PolicyError` when the requirements do not say what the signature needs. */
export async function sign(
  required: Required,
  requirements: Requirements,
  { account, policy, now, random }: SignOptions,
): Promise<Signed> {
  const { token, to, chainId } = domainOf(requirements)
  const validity = Math.min(requirements.maxTimeoutSeconds, policy.maxValiditySeconds)
  const validBefore = BigInt(now + validity)
  const authorization = {
    from: account.address.toLowerCase() as Hex.Address,
    to,
    value: requirements.amount,
    validAfter: BigInt(Math.max(0, now - backdatedSeconds)),
    validBefore,
    nonce: Hex.encode(random(32)),
  }
  const signature = await account.sign({ hash: Exact.digest(authorization, token, chainId) })
  const payload = Exact.toJson({ signature, authorization })
  const payment = Payment.from(requirements, payload, echoed(required, random))
  return { payment, requirements, validBefore }
}

/** What v2 repeats: the resource as it was stated and, with an id of the payment, the extensions. */
function echoed({ version, json, extensions }: Required, random: SignOptions['random']) {
  if (version === 1) return {}
  const resource = json['resource'] as Payment.Payment['json']
  if (!PaymentIdentifier.isAdvertised(extensions)) return { resource, extensions }
  const id = `pay_${Hex.encode(random(16)).slice(2)}`
  return { resource, extensions: PaymentIdentifier.withId(extensions, id) }
}

function domainOf(requirements: Requirements) {
  try {
    const chainId = chainIdOf(requirements.network)
    if (chainId === undefined) throw new DecodeError('bad-value', 'the network is no EVM chain')
    return { token: Exact.domainOf(requirements), to: Hex.address(requirements.payTo), chainId }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new PolicyError('malformed-requirements', `cannot be paid: ${error.message}`, requirements)
  }
}
