/** An independent hand: canonicalize, Node, viem and ox answer the vectors as we do. */
import { createHash, createHmac } from 'node:crypto'
import canonicalize from 'canonicalize'
import * as Secp256k1 from 'ox/Secp256k1'
import * as Signature from 'ox/Signature'
import * as TypedData from 'ox/TypedData'
import { SignatureEnvelope, TxEnvelopeTempo } from 'ox/tempo'
import {
  compactSignatureToSignature,
  hashTypedData,
  keccak256,
  parseCompactSignature,
  recoverAddress,
  serializeSignature,
} from 'viem'
import { describe, expect, test } from 'vitest'
import { loadVectors } from '../../conformance/vectors/generate.ts'
import type { Hex } from '../../src/codec/hex.ts'
import { devAccounts } from '../../src/keys/accounts.ts'

const cases = loadVectors().flatMap(({ groups }) =>
  groups.flatMap(({ op, tests }) => tests.map((found) => ({ op, ...found }))),
)

/** The accepted cases of an operation; at least one, or the cross-check checks nothing. */
function accepted(op: string) {
  const found = cases.flatMap((item) => (item.op === op && item.result === 'valid' ? [item] : []))
  expect(found.length).toBeGreaterThan(0)
  return found.map(
    ({ input, value }) =>
      ({ input, value }) as { input: Record<string, never>; value: Record<string, never> },
  )
}

type Raw = `0x76${string}`
/** The request of a transaction vector. */
interface Asked {
  chainId: number
  calls: { to: Hex; data: Hex }[]
  gas: string
  maxFeePerGas: string
  nonceKey: string
  nonce: string
  validBefore: number
  feeToken: Hex
  sponsored?: boolean
}

/** The typed data of an EIP-3009 transfer, as other libraries take it. */
const transferOf = ({ authorization, asset, extra, chainId }: Record<string, object>) => ({
  domain: { ...extra, chainId, verifyingContract: asset },
  types: {
    TransferWithAuthorization: [
      { name: 'from', type: 'address' },
      { name: 'to', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'validAfter', type: 'uint256' },
      { name: 'validBefore', type: 'uint256' },
      { name: 'nonce', type: 'bytes32' },
    ],
  },
  primaryType: 'TransferWithAuthorization',
  message: authorization,
})

const recover = (payload: Hex, signature: Hex): string =>
  Secp256k1.recoverAddress({
    payload,
    signature: signature.length === 130 ? Signature.fromHex(expand(signature)) : Signature.fromHex(signature),
  }).toLowerCase()

/** EIP-2098 to 65 bytes, by viem. */
const expand = (compact: Hex): Hex =>
  serializeSignature(compactSignatureToSignature(parseCompactSignature(compact)))

describe('other libraries agree', () => {
  test('canonicalize, on canonical JSON', () => {
    for (const { input, value } of accepted('jcs.encode'))
      expect(canonicalize(JSON.parse(input['text'] as unknown as string))).toBe(value['text'])
  })
  test('Node, on base64url and digests', () => {
    for (const { input, value } of accepted('base64url.encode'))
      expect(Buffer.from(input['text'] as unknown as string).toString('base64url')).toBe(value['text'])
    for (const { input, value } of accepted('digest.encode')) {
      const name = String(input['algorithm'])
      const hash = createHash(name.replace('-', '')).update(String(input['body'])).digest('base64')
      expect(`${name}=:${hash}:`).toBe(value['digest'])
    }
  })
  test('canonicalize and Node, on challenge ids', () => {
    for (const { input, value } of accepted('challenge.id')) {
      const {
        realm,
        method,
        intent,
        request,
        expires = '',
        digest = '',
        header,
        opaque = '',
        secretKey,
      } = input as Record<string, string>
      const text = Buffer.from(canonicalize(request) ?? '').toString('base64url')
      const slots = [
        realm,
        method,
        intent,
        text,
        expires,
        digest,
        ...(header === undefined ? [] : [header]),
        opaque,
      ]
      expect(createHmac('sha256', String(secretKey)).update(slots.join('|')).digest('base64url')).toBe(
        value['id'],
      )
    }
  })
  const typed = ({ protocol, escrow, chainId, channelId, cumulativeAmount }: Record<string, never>) => ({
    domain: {
      name: protocol === 'v1' ? 'Tempo Stream Channel' : 'TIP20 Channel Reserve',
      version: '1',
      chainId,
      verifyingContract: escrow,
    },
    types: {
      Voucher: [
        { name: 'channelId', type: 'bytes32' },
        { name: 'cumulativeAmount', type: protocol === 'v1' ? 'uint128' : 'uint96' },
      ],
    },
    primaryType: 'Voucher' as const,
    message: { channelId, cumulativeAmount: BigInt(cumulativeAmount ?? 0) },
  })
  test('viem and ox, on voucher hashes', () => {
    for (const { input, value } of accepted('voucher.hash')) {
      expect(hashTypedData(typed(input) as never)).toBe(value['hash'])
      expect(TypedData.getSignPayload(typed(input) as never)).toBe(value['hash'])
    }
  })
  test('viem and ox, on who signed the vouchers', async () => {
    for (const { input, value } of accepted('voucher.sign')) {
      const hash = hashTypedData(typed(input) as never)
      const signature = value['signature'] as unknown as Hex
      const signers = [await recoverAddress({ hash, signature }), recover(hash, signature)]
      for (const signer of signers) expect(signer.toLowerCase()).toBe(devAccounts[0]?.address)
    }
  })
  test('viem and ox, on EIP-3009 transfers and who signed them', async () => {
    for (const { input, value } of accepted('x402.exact.hash')) {
      expect(hashTypedData(transferOf(input) as never)).toBe(value['hash'])
      expect(TypedData.getSignPayload(transferOf(input) as never)).toBe(value['hash'])
    }
    const signers = accepted('x402.exact.sign').map(async ({ input, value }) => {
      const hash = hashTypedData(transferOf(input) as never)
      return (await recoverAddress({ hash, signature: value['signature'] as unknown as Hex })).toLowerCase()
    })
    expect(await Promise.all(signers)).toEqual(devAccounts.slice(0, 2).map(({ address }) => address))
  })
  test('viem and ox, on proof hashes', () => {
    for (const { input, value } of accepted('proof.hash')) {
      const { chainId, challengeId } = input
      const proof = {
        domain: { name: 'MPP', version: '1', chainId },
        types: { Proof: [{ name: 'challengeId', type: 'string' }] },
        primaryType: 'Proof' as const,
        message: { challengeId: challengeId as never },
      }
      expect(hashTypedData(proof)).toBe(value['hash'])
      expect(TypedData.getSignPayload(proof)).toBe(value['hash'])
    }
  })
  test('ox, on who signed the proofs', () => {
    const signed = accepted('proof.sign').map(({ input, value }) => ({
      ...input,
      ...value,
      source: devAccounts[0]?.address,
    }))
    for (const proof of [...signed, ...accepted('proof.verify').map(({ input }) => input)]) {
      const { challengeId, chainId, source, signature } = proof as Record<string, unknown>
      const payload = TypedData.getSignPayload({
        domain: { name: 'MPP', version: '1', chainId: Number(chainId) },
        types: { Proof: [{ name: 'challengeId', type: 'string' }] },
        primaryType: 'Proof',
        message: { challengeId: String(challengeId) },
      })
      expect(String(source).endsWith(recover(payload, signature as Hex))).toBe(true)
    }
  })
  test('ox, on signed transactions: it writes the same bytes, and reads what was asked for', () => {
    for (const { input, value } of accepted('transaction.sign')) {
      const { privateKey, request } = input as unknown as { privateKey: Hex; request: Asked }
      const { sponsored = false, ...asked } = request
      const unsigned = TxEnvelopeTempo.from({
        chainId: asked.chainId,
        calls: asked.calls,
        gas: BigInt(asked.gas),
        maxFeePerGas: BigInt(asked.maxFeePerGas),
        nonceKey: BigInt(asked.nonceKey),
        nonce: BigInt(asked.nonce),
        validBefore: asked.validBefore,
        // The fee payer chooses the token.
        ...(sponsored ? { feePayerSignature: null } : { feeToken: asked.feeToken }),
      })
      const payload = TxEnvelopeTempo.getSignPayload(unsigned)
      const signature = SignatureEnvelope.from(Secp256k1.sign({ payload, privateKey }))
      const raw = value['transaction'] as unknown as Raw
      expect(TxEnvelopeTempo.serialize({ ...unsigned, signature })).toBe(raw)

      const read = TxEnvelopeTempo.deserialize(raw)
      expect(read).toMatchObject({ chainId: asked.chainId, gas: BigInt(asked.gas), calls: asked.calls })
      expect(TxEnvelopeTempo.serialize(read)).toBe(raw)
    }
  })
  test('ox, on senders, fee payers and expiring nonce hashes', () => {
    const feePayers = new Set<string>()
    for (const { input, value } of accepted('transaction.nonceHash')) {
      const envelope = TxEnvelopeTempo.deserialize(input['transaction'] as unknown as Raw)
      const sender = String(envelope.from) as Hex
      expect(sender).toBe(value['sender'])
      expect(keccak256(`${TxEnvelopeTempo.encodeForSigning(envelope)}${sender.slice(2)}`)).toBe(
        value['expiringNonceHash'],
      )
      const { feePayerSignature } = envelope
      const feePayer =
        feePayerSignature === undefined
          ? 'sender'
          : feePayerSignature === null
            ? 'awaited'
            : Secp256k1.recoverAddress({
                payload: TxEnvelopeTempo.getFeePayerSignPayload(envelope, { sender }),
                signature: feePayerSignature,
              }).toLowerCase()
      expect(feePayer).toBe(value['feePayer'])
      feePayers.add(feePayer)
    }
    expect(feePayers.size).toBe(3)
  })
})
