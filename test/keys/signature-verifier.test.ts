/** Signatures a channel takes that are not secp256k1: ours and ox's answers agree on them, changed anywhere. */
import fc from 'fast-check'
import { Hex, P256, WebAuthnP256 } from 'ox'
import { SignatureEnvelope } from 'ox/tempo'
import { expect, test } from 'vitest'
import { recoverTyped } from '../../src/keys/signature-verifier.ts'
import { bytes32 } from '../support/samples.ts'

const digest = bytes32('aa')
const privateKey = P256.randomPrivateKey()
const publicKey = P256.getPublicKey({ privateKey })
const address = SignatureEnvelope.extractAddress({
  payload: digest,
  signature: { type: 'p256', signature: { r: 1n, s: 1n }, publicKey, prehash: false },
}).toLowerCase()

const p256 = (prehash: boolean) =>
  SignatureEnvelope.serialize({
    type: 'p256',
    signature: P256.sign({ payload: digest, privateKey, hash: prehash }),
    publicKey,
    prehash,
  })

function webAuthn(more: { flag?: number; challenge?: Hex.Hex } = {}) {
  const { metadata, payload } = WebAuthnP256.getSignPayload({
    challenge: digest,
    origin: 'https://example.com',
    rpId: 'example.com',
    ...more,
  })
  const signature = P256.sign({ payload, privateKey, hash: true })
  return SignatureEnvelope.serialize({ type: 'webAuthn', signature, publicKey, metadata })
}

/** What ox says of the same bytes. */
function oracle(signature: Hex.Hex): string | undefined {
  try {
    const envelope = SignatureEnvelope.deserialize(signature)
    const signer = SignatureEnvelope.extractAddress({ payload: digest, signature: envelope })
    const valid = SignatureEnvelope.verify(envelope, { payload: digest, address: signer })
    return valid ? signer.toLowerCase() : undefined
  } catch {
    return undefined
  }
}

test.each([
  ['P256', p256(false)],
  ['P256 of the hash', p256(true)],
  ['WebAuthn', webAuthn()],
])('%s: recovers to the address of its key, for its own message only', (_, signature) => {
  expect(recoverTyped(digest, signature)).toBe(address)
  expect(recoverTyped(bytes32('ab'), signature)).toBeUndefined()
})

test.each([
  ['nothing but zeros', `0x01${'00'.repeat(129)}`],
  ['another challenge', webAuthn({ challenge: bytes32('ab') })],
  ['no user present', webAuthn({ flag: 0x04 })],
  ['backed up, and not eligible for it', webAuthn({ flag: 0x15 })],
  ['no client data', `0x02${'7b'.repeat(300)}`],
] as const)('nobody signed: %s', (_, signature) => {
  expect(recoverTyped(digest, signature)).toBeUndefined()
  expect(oracle(signature)).toBeUndefined()
})

test('a byte changed anywhere: the same answer as ox', () => {
  const samples = [p256(false), p256(true), webAuthn(), webAuthn({ flag: 0x01 }), webAuthn({ flag: 0x1d })]
  const changed = fc
    .tuple(fc.constantFrom(...samples), fc.nat(), fc.integer({ min: 0, max: 255 }))
    .map(([signature, seed, byte]) => {
      const at = 1 + (seed % (Hex.size(signature) - 1))
      const bytes = Hex.toBytes(signature)
      bytes[at] = byte
      return Hex.fromBytes(bytes)
    })
  fc.assert(
    fc.property(changed, (signature) => {
      expect(recoverTyped(digest, signature)).toBe(oracle(signature))
    }),
    { numRuns: 300 },
  )
})
