/** Challenges, credentials and receipts, written and read: mppx beside this package, on the same values. */
import * as Descriptor from '../../src/contracts/descriptor.ts'
import * as Binding from '../../src/mpp/wire/binding.ts'
import * as Challenge from '../../src/mpp/wire/challenge.ts'
import * as Credential from '../../src/mpp/wire/credential.ts'
import * as Payload from '../../src/mpp/wire/payload.ts'
import * as Receipt from '../../src/mpp/wire/receipt.ts'
import * as SessionRequest from '../../src/mpp/wire/session-request.ts'
import { type Line, turns } from '../line.ts'
import { type Mppx, peerModule } from '../peers.ts'

const address = (byte: string) => `0x${byte.repeat(20)}` as const
const word = (byte: string) => `0x${byte.repeat(32)}` as const
const secretKey = 'a secret of thirty-two bytes or so'

const terms: SessionRequest.SessionRequest = {
  amount: 1000n,
  currency: '0x20c0000000000000000000000000000000000000',
  recipient: address('22'),
  unitType: 'word',
  suggestedDeposit: 40_000n,
  methodDetails: {
    escrowContract: '0x4d50500000000000000000000000000000000000',
    chainId: 42_431,
    sessionProtocol: 'v2',
  },
}
const bound = {
  realm: 'api.example.com',
  method: 'tempo',
  intent: 'session',
  request: SessionRequest.encode(terms),
  expires: '2030-01-06T12:05:00.000Z',
}
const payload: Payload.Payload = {
  action: 'voucher',
  channelId: word('ab'),
  descriptor: Descriptor.fromJson({
    payer: address('11'),
    payee: address('22'),
    operator: address('00'),
    token: terms.currency,
    salt: word('aa'),
    authorizedSigner: address('00'),
    expiringNonceHash: word('bb'),
  }),
  cumulativeAmount: 5_000n,
  signature: `0x${'5c'.repeat(64)}1b`,
}
/** As a stream ends with. */
export const receipt = Receipt.from({
  timestamp: '2026-01-06T12:05:00.000Z',
  challengeId: 'x'.repeat(43),
  channelId: word('ab'),
  acceptedCumulative: 5_000n,
  spent: 4_000n,
  units: 4,
})

/** Every line needs the peer's own form of the same value. */
export async function codecLines(): Promise<Line[]> {
  const mppx = await peerModule<Mppx>('mppx', 'mppx')
  const challenge = Binding.issue(bound, secretKey)
  const field = Challenge.encode(challenge)
  const credential: Credential.Credential = { challenge, payload: Payload.toJson(payload) as never }
  const credentialField = Credential.encode(credential)
  const receiptField = Receipt.encode(receipt)
  const theirBound = { ...bound, request: Challenge.request(challenge), secretKey }
  const theirChallenge = mppx.Challenge.deserialize(field)
  const theirCredential = mppx.Credential.from({ challenge: theirChallenge, payload: credential.payload })
  const theirReceipt = mppx.Receipt.from(Receipt.toJson(receipt))
  if (mppx.Challenge.serialize(theirChallenge).length !== field.length)
    throw new Error('the peer writes another challenge')
  if (!mppx.Challenge.verify(theirChallenge, { secretKey })) throw new Error('the peer binds otherwise')

  const line = (id: string, work: string, ours: () => unknown, peer: () => unknown): Line => ({
    id,
    work,
    unit: '/s',
    peer: 'mppx',
    wanted: 2,
    rounds: () => turns(ours, peer),
  })
  return [
    line(
      'challenge-encode',
      'challenge, encode',
      () => Challenge.encode(challenge),
      () => mppx.Challenge.serialize(theirChallenge),
    ),
    line(
      'challenge-decode',
      'challenge, decode',
      () => Challenge.decode(field),
      () => mppx.Challenge.deserialize(field),
    ),
    line(
      'challenge-decode-request',
      'challenge, decode with its request',
      () => Challenge.decode(field).map(({ request }) => SessionRequest.decode(request)),
      () => mppx.Challenge.deserialize(field),
    ),
    line(
      'challenge-issue',
      'challenge, issue',
      () => Binding.issue(bound, secretKey),
      () => mppx.Challenge.from(theirBound),
    ),
    line(
      'challenge-verify',
      'challenge, verify its binding',
      () => Binding.verify(challenge, secretKey),
      () => mppx.Challenge.verify(theirChallenge, { secretKey }),
    ),
    line(
      'credential-encode',
      'credential, encode',
      () => Credential.encode(credential),
      () => mppx.Credential.serialize(theirCredential),
    ),
    line(
      'credential-decode',
      'credential, decode',
      () => Credential.decode(credentialField),
      () => mppx.Credential.deserialize(credentialField),
    ),
    line(
      'credential-decode-payload',
      'credential, decode with its payload',
      () => Payload.fromJson(Credential.decode(credentialField).payload),
      () => mppx.Credential.deserialize(credentialField).payload,
    ),
    line(
      'receipt-encode',
      'receipt, encode',
      () => Receipt.encode(receipt),
      () => mppx.Receipt.serialize(theirReceipt),
    ),
    line(
      'receipt-decode',
      'receipt, decode',
      () => Receipt.decode(receiptField),
      () => mppx.Receipt.deserialize(receiptField),
    ),
  ]
}
