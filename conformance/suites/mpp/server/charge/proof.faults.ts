/** Servers that are wrong about proofs of an account, which cost nothing. */
import type * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import * as Credential from '../../../../../src/mpp/wire/credential.ts'
import * as Proof from '../../../../../src/mpp/wire/proof.ts'
import * as Source from '../../../../../src/mpp/wire/source.ts'
import { alterReceipt, credentialOf, payloadOf, type Wrap } from '../../../../peers/mpp/payee/wire.ts'
import { fault, no, ok } from '../fault.ts'

/**
 * Replaces the source of each proof by the signer's own account, so that the server does not check the claimed source.
 */
const ignoringSource: Wrap = (handler) => async (request) => {
  const { challenge, payload } = credentialOf(request) ?? {}
  if (payload?.['type'] !== 'proof' || challenge === undefined) return handler(request)
  const chainId = 42_431
  const signer = Proof.recover(String(challenge['id']), chainId, String(payload['signature']))
  if (signer === undefined) return handler(request)
  const credential = {
    challenge: challenge as unknown as Challenge.Challenge,
    payload,
    source: Source.encode({ chainId, address: signer }),
  }
  return handler(new Request(request.url, { headers: { authorization: Credential.encode(credential) } }))
}

export const faults = [
  fault({
    name: 'refuses-proofs',
    breaks: 'CORE-STAT-005',
    caughtBy: ['proof.accepted'],
    rules: { proof: { signedBySource: no } },
  }),
  fault({
    name: 'proof-refers-to-nothing',
    breaks: 'TCHG-PROOF-006',
    caughtBy: ['proof.reference'],
    http: alterReceipt(
      (request) => payloadOf(request)['type'] === 'proof',
      (receipt) => {
        receipt['reference'] = 'none'
      },
    ),
  }),
  fault({
    name: 'proofs-count-twice',
    breaks: 'CHG-007',
    caughtBy: ['proof.single-use'],
    rules: { challengeUse: { unusedChallenge: ok } },
  }),
  fault({
    name: 'proof-without-source',
    breaks: 'TCHG-PROOF-005',
    caughtBy: ['proof.no-source', 'proof.other-source', 'proof.other-chain', 'proof.other-challenge'],
    http: ignoringSource,
  }),
  fault({
    name: 'proof-of-any-chain',
    breaks: 'TCHG-PROOF-005',
    caughtBy: ['proof.other-chain'],
    rules: { proof: { sourceOnChain: ok } },
  }),
  fault({
    name: 'proof-by-anybody',
    breaks: 'TCHG-PROOF-005',
    caughtBy: ['proof.other-source', 'proof.other-challenge'],
    rules: { proof: { signedBySource: ok } },
  }),
]
