/** Zero-amount proofs: a signature over a challenge id. */
import { accountFromKey } from '../../../src/chain/accounts.ts'
import type { JsonObject } from '../../../src/codec/json.ts'
import * as Proof from '../../../src/mpp/proof.ts'
import * as Signature from '../../../src/mpp/signature.ts'
import { delegate, payer, payerKey } from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'

const proofSignature = await Proof.sign('challenge-1', 4217, accountFromKey(payerKey))
const signed: JsonObject = {
  challengeId: 'challenge-1',
  chainId: 4217,
  source: `did:pkh:eip155:4217:${payer}`,
  signature: proofSignature,
}

export const proof: Definition = {
  file: 'proof',
  title: 'Zero-amount proofs: EIP-712 hashes and signatures',
  groups: [
    {
      op: 'proof.hash',
      comment: 'the 32 bytes of a zero-amount proof',
      requirements: ['TCHG-PROOF-004'],
      tests: [
        valid('on 4217', { challengeId: 'challenge-1', chainId: 4217 }),
        valid('on 42431', { challengeId: 'challenge-1', chainId: 42431 }, undefined, 'WrongDomain'),
        valid('another challenge', { challengeId: 'challenge-2', chainId: 4217 }),
        valid('a challenge beyond ASCII', { challengeId: 'é😀', chainId: 4217 }, undefined, 'Unicode'),
        invalid('no challenge', { chainId: 4217 }, 'wrong-type', 'MissingMember'),
      ],
    },
    {
      op: 'proof.verify',
      comment: 'whether the source signed the challenge id, on the chain of the challenge',
      requirements: ['TCHG-PROOF-004'],
      tests: [
        valid('as signed', signed, { valid: true }),
        valid(
          '64 bytes',
          { ...signed, signature: Signature.encodeCompact(Signature.decode(proofSignature)) },
          { valid: true },
          'SignatureForm',
        ),
        invalid(
          'another challenge',
          { ...signed, challengeId: 'challenge-2' },
          'verification-failed',
          'WrongSigner',
        ),
        invalid(
          'another chain in both',
          { ...signed, chainId: 1, source: `did:pkh:eip155:1:${payer}` },
          'verification-failed',
          'WrongDomain',
        ),
        invalid(
          'another chain in the source',
          { ...signed, source: `did:pkh:eip155:1:${payer}` },
          'verification-failed',
          'WrongDomain',
        ),
        invalid(
          'another source',
          { ...signed, source: `did:pkh:eip155:4217:${delegate}` },
          'verification-failed',
          'WrongSigner',
        ),
        invalid(
          'high s',
          { ...signed, signature: Signature.encode(Signature.malleated(Signature.decode(proofSignature))) },
          'verification-failed',
          'Malleability',
        ),
        invalid('no DID', { ...signed, source: payer }, 'bad-syntax'),
        invalid(
          '64 bytes less one',
          { ...signed, signature: proofSignature.slice(0, 128) },
          'bad-length',
          'SignatureForm',
        ),
        invalid(
          'v 0',
          { ...signed, signature: `${proofSignature.slice(0, -2)}00` },
          'bad-value',
          'SignatureForm',
        ),
      ],
    },
  ],
}
