/** Requirements and payments as both versions have them, signed by a development account. */

import type { Bytes32 } from '../../../src/codec/hex.ts'
import type { TransferAuthorization } from '../../../src/contracts/transfer-authorization.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import * as Exact from '../../../src/x402/wire/exact.ts'
import type { Version } from '../../../src/x402/wire/fields.ts'
import { networkOf } from '../../../src/x402/wire/network.ts'
import * as Payment from '../../../src/x402/wire/payment.ts'
import * as Required from '../../../src/x402/wire/required.ts'
import * as Requirements from '../../../src/x402/wire/requirements.ts'

export const chainId = 84_532
export const asset = '0x036cbd53842c5426634e7929541ec2318f3dcf7e'
export const resource = {
  url: 'http://localhost/v1/chat/completions',
  description: 'chat',
  mimeType: 'text/event-stream',
}
export const [payee, payer] = devAccounts as [KeyAccount, KeyAccount]

export const requirements = (
  version: Version,
  overrides: Partial<Requirements.Terms> = {},
): Requirements.Requirements =>
  Requirements.from(
    version,
    {
      scheme: 'exact',
      network: networkOf(version, chainId),
      amount: 10_000n,
      asset,
      payTo: payee.address,
      maxTimeoutSeconds: 60,
      extra: { name: 'USDC', version: '2' },
      ...overrides,
    },
    resource,
  )

export const authorization = (overrides: Partial<TransferAuthorization> = {}): TransferAuthorization => ({
  from: payer.address as TransferAuthorization['from'],
  to: payee.address as TransferAuthorization['to'],
  value: 10_000n,
  validAfter: 0n,
  validBefore: 2_000_000_000n,
  nonce: `0x${'07'.repeat(32)}` as Bytes32,
  ...overrides,
})

export async function payment(
  version: Version,
  overrides: Partial<TransferAuthorization> = {},
  terms: Partial<Requirements.Terms> = {},
): Promise<Payment.Payment> {
  const asked = requirements(version, terms)
  const signed = authorization(overrides)
  const hash = Exact.digest(signed, Exact.domainOf(asked), chainId)
  const payload = Exact.toJson({ signature: await payer.sign({ hash }), authorization: signed })
  return Payment.from(asked, payload, { resource })
}

export const required = (version: Version): Required.Required =>
  Required.from(version, resource, [requirements(version)], { error: 'payment required' })
