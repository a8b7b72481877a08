/** Signs payments, lawful ones and others: what is signed, what is claimed and what is sent can each differ. */
import * as Hex from '../../../../src/codec/hex.ts'
import type { JsonObject } from '../../../../src/codec/json.ts'
import type * as TransferAuthorization from '../../../../src/contracts/transfer-authorization.ts'
import type { KeyAccount } from '../../../../src/keys/accounts.ts'
import * as Exact from '../../../../src/x402/wire/exact.ts'
import * as Payment from '../../../../src/x402/wire/payment.ts'
import * as PaymentIdentifier from '../../../../src/x402/wire/payment-identifier.ts'
import type { Required } from '../../../../src/x402/wire/required.ts'
import * as Requirements from '../../../../src/x402/wire/requirements.ts'

/** How a payment differs from the lawful one. */
export interface Change {
  /** What the authorization says otherwise. */
  authorization?: Partial<TransferAuthorization.TransferAuthorization>
  /** The token and chain it is signed for, where they are not those that were asked. */
  domain?: Partial<TransferAuthorization.Domain> & { chainId?: number }
  /** What the payment says that was asked; in v1 it says the scheme and the network only. */
  claims?: Partial<Requirements.Terms>
  /** The resource it says it pays for. */
  resource?: string
  /** Its payment identifier. */
  id?: string
  /** The signature that is sent instead. */
  signature?: (signature: Hex.Hex) => Hex.Hex
  /** Who signs; default the payer. */
  by?: KeyAccount
}

/** A payment that can be sent. */
export interface Signed {
  payment: Payment.Payment
  authorization: TransferAuthorization.TransferAuthorization
  /** The value of its header field. */
  field: string
}

export interface Signing {
  account: KeyAccount
  chainId: number
  nonce: Hex.Bytes32
  /** Seconds since the epoch. */
  now: number
}

/** Seconds that a signature is good for, unless the server wants it shorter. */
const validity = 120

/** Signs what is asked, but for what is changed. */
export async function sign(
  required: Required,
  asked: Requirements.Requirements,
  { account, chainId, nonce, now }: Signing,
  change: Change = {},
): Promise<Signed> {
  const authorization: TransferAuthorization.TransferAuthorization = {
    from: account.address,
    to: Hex.address(asked.payTo),
    value: asked.amount,
    validAfter: BigInt(now - 600),
    validBefore: BigInt(now + Math.max(30, Math.min(validity, asked.maxTimeoutSeconds))),
    nonce,
    ...change.authorization,
  }
  const token = { ...Exact.domainOf(asked), ...change.domain }
  const hash = Exact.digest(authorization, token, change.domain?.chainId ?? chainId)
  const own = await (change.by ?? account).sign({ hash })
  const signature = change.signature?.(own) ?? own
  const claimed = claims(asked, change.claims)
  const resource = resourceOf(required, change.resource)
  const payment = Payment.from(claimed, Exact.toJson({ signature, authorization }), {
    ...(resource === undefined ? {} : { resource }),
    ...(change.id === undefined
      ? {}
      : { extensions: PaymentIdentifier.withId(required.extensions, change.id) }),
  })
  return { payment, authorization, field: Payment.encode(payment) }
}

function claims(asked: Requirements.Requirements, more: Change['claims']): Requirements.Requirements {
  if (more === undefined) return asked
  return Requirements.from(asked.version, { ...asked, ...more }, { url: 'http://resource.test' })
}

function resourceOf({ json }: Required, url: string | undefined): JsonObject | undefined {
  const stated = json['resource'] as JsonObject | undefined
  return url === undefined || stated === undefined ? stated : { ...stated, url }
}
