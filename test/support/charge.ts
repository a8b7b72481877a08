/** A payer of one-off payments: answers a charge challenge in every way there is. */

import { ChainClient } from '../../src/chain/client.ts'
import type { Rpc } from '../../src/chain/rpc.ts'
import { encodeTransfer } from '../../src/chain/transfers.ts'
import type { Hex } from '../../src/codec/hex.ts'
import type { KeyAccount } from '../../src/keys/accounts.ts'
import * as Challenge from '../../src/mpp/wire/challenge.ts'
import * as Credential from '../../src/mpp/wire/credential.ts'
import * as Proof from '../../src/mpp/wire/proof.ts'
import * as Source from '../../src/mpp/wire/source.ts'
import * as TempoCharge from '../../src/mpp/wire/tempo-charge.ts'
import { payer } from './kit.ts'

/** The challenge of a 402 response. */
export function challengeOf(response: Response): Challenge.Challenge {
  const [challenge] = Challenge.decode(response.headers.get('www-authenticate') ?? '')
  if (challenge === undefined) throw new Error(`no challenge in a ${response.status} response`)
  return challenge
}

/** Signs the transfers a challenge asks for. */
export async function signTransfers(
  chain: Rpc,
  challenge: Challenge.Challenge,
  { account = payer, change = {} }: { account?: KeyAccount; change?: Partial<TempoCharge.Transfer> } = {},
): Promise<Hex> {
  const request = TempoCharge.decode(challenge.request)
  const calls = TempoCharge.transfersOf(request).map((transfer) =>
    encodeTransfer(request.currency, { ...transfer, ...change }),
  )
  const sponsored = request.methodDetails?.feePayer === true
  const fee = sponsored ? { sponsored } : { feeToken: request.currency }
  return (await new ChainClient(chain).sign(account, calls, fee)).raw
}

/** A credential as a field value. */
export const authorize = (challenge: Challenge.Challenge, payload: object, source?: string): HeadersInit => ({
  authorization: Credential.encode({
    challenge,
    payload: payload as Credential.Credential['payload'],
    ...(source === undefined ? {} : { source }),
  }),
})

/** A proof credential for a free resource. */
export async function prove(
  challenge: Challenge.Challenge,
  account: KeyAccount = payer,
): Promise<HeadersInit> {
  const chainId = TempoCharge.decode(challenge.request).methodDetails?.chainId as number
  const signature = await Proof.sign(challenge.id, chainId, account)
  return authorize(
    challenge,
    { type: 'proof', signature },
    Source.encode({ chainId, address: account.address }),
  )
}
