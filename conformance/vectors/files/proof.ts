/** Zero-amount proofs: a signature over a challenge id. */

import type { JsonObject } from '../../../src/codec/json.ts'
import { accountFromKey } from '../../../src/keys/accounts.ts'
import * as Signature from '../../../src/keys/signature.ts'
import * as Proof from '../../../src/mpp/wire/proof.ts'
import { mutations } from '../mutate.ts'
import { delegate, payer, payerKey } from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'

const proofSignature = await Proof.sign('challenge-1', 4217, accountFromKey(payerKey))
/** A proof as mppx 0.11.0 signs it (spec/readings.md W18), by the same payer. */
const versionThree =
  '0xe65944188864f23d4ea109f1ecdeca7671e65e1da8161a237f9f86fe5c5687a2615d9ac57bc016316bf4c428ce9ea38a610fc56174cb966bd2abe4958fa934401b'
const signed: JsonObject = {
  challengeId: 'challenge-1',
  chainId: 4217,
  source: `did:pkh:eip155:4217:${payer}`,
  signature: proofSignature,
}

const payload: JsonObject = { type: 'proof', signature: proofSignature }
const capitals = `0x${proofSignature.slice(2).toUpperCase()}`

export const proof: Definition = {
  file: 'proof',
  title: 'Zero-amount proofs: EIP-712 hashes and signatures',
  groups: [
    {
      op: 'proof.decode',
      comment: 'the payload of a credential that proves and does not pay',
      requirements: [],
      tests: [
        valid('a proof', { payload }, payload),
        valid(
          'capitals in the signature',
          { payload: { ...payload, signature: capitals } },
          payload,
          'LetterCase',
        ),
        valid(
          'an unknown member',
          { payload: { ...payload, foo: 'x' } },
          { ...payload, foo: 'x' },
          'UnknownMember',
        ),
        invalid('another type', { payload: { ...payload, type: 'transaction' } }, 'bad-value'),
        invalid('no type', { payload: { signature: proofSignature } }, 'bad-value', 'MissingMember'),
        invalid('nothing', {}, 'missing', 'MissingMember'),
        invalid('an empty signature', { payload: { ...payload, signature: '0x' } }, 'empty', 'EmptyValue'),
        invalid(
          'a signature that is no hex',
          { payload: { ...payload, signature: '0xzz' } },
          'bad-character',
          'HexForm',
        ),
        ...mutations(payload, { signature: 'text' }, (changed) => ({ payload: changed })),
      ],
    },
    {
      op: 'proof.sign',
      comment: 'a challenge id to 65 bytes, deterministic',
      requirements: ['TCHG-PROOF-004'],
      tests: [
        valid('on 4217', { challengeId: 'challenge-1', chainId: 4217, privateKey: payerKey }),
        valid('on 42431', { challengeId: 'challenge-1', chainId: 42431, privateKey: payerKey }),
      ],
    },
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
        invalid(
          'in the form of version 3, which names account and realm too',
          { ...signed, signature: versionThree },
          'verification-failed',
          'WrongDomain',
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
