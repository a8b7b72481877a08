/** Signatures a channel takes that are not secp256k1. */
import { P256 } from 'ox'
import { SignatureEnvelope } from 'ox/tempo'
import { expect, test } from 'vitest'
import { recoverTyped } from '../../src/keys/signature-verifier.ts'
import { bytes32 } from '../support/samples.ts'

test('a P256 signature recovers to the address of its key, for its own message only', () => {
  const privateKey = P256.randomPrivateKey()
  const publicKey = P256.getPublicKey({ privateKey })
  const signature = P256.sign({ payload: bytes32('aa'), privateKey })
  const envelope = SignatureEnvelope.from({ type: 'p256', signature, publicKey, prehash: false })
  const serialized = SignatureEnvelope.serialize(envelope)
  const address = SignatureEnvelope.extractAddress({ payload: bytes32('aa'), signature: envelope })
  expect(recoverTyped(bytes32('aa'), serialized)).toBe(address.toLowerCase())
  expect(recoverTyped(bytes32('ab'), serialized)).toBeUndefined()
  expect(recoverTyped(bytes32('aa'), `0x01${'00'.repeat(129)}`)).toBeUndefined()
})
