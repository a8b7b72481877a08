/** Servers that take vouchers of the wrong signer, domain or form. */
import type { Bytes32, Hex } from '../../../../../src/codec/hex.ts'
import type { Descriptor } from '../../../../../src/contracts/descriptor.ts'
import { keccak256, keccakText, words } from '../../../../../src/keys/keccak.ts'
import * as Signature from '../../../../../src/keys/signature.ts'
import type { RuleOverrides } from '../../../../../src/mpp/server/rules/rules.ts'
import { type SignatureInput, signatureRules } from '../../../../../src/mpp/server/rules/voucher.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { instead, inventedReceipt, paying, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

/** Also takes the signature of somebody whom the payload's descriptor names, for one action. */
function alsoSignedBy(action: SignatureInput['action'], who: 'payer' | 'authorizedSigner'): RuleOverrides {
  const named = new Map<Bytes32, string>()
  return {
    descriptor: {
      payeeIsRecipient: ({
        payload,
        descriptor,
      }: {
        payload: { channelId: Bytes32 }
        descriptor: Descriptor
      }) => {
        named.set(payload.channelId, descriptor[who])
        return undefined
      },
      ...(who === 'authorizedSigner' ? { channelIdIsDerived: ok } : {}),
    },
    ...(who === 'authorizedSigner' ? { knownChannel: { sameDescriptor: ok } } : {}),
    signature: {
      bySigner: (input) => {
        const signer = named.get(input.voucher.channelId) as SignatureInput['signer']
        return input.action === action && signatureRules.bySigner({ ...input, signer }) === undefined
          ? undefined
          : signatureRules.bySigner(input)
      },
    },
  }
}

/** Also takes vouchers under a domain version or an amount type of one's own. */
const alsoUnder = (version: string, amountType: string): RuleOverrides => ({
  signature: {
    bySigner: (input) => {
      const { voucher, domain, signature, signer, recoverKey } = input
      const separator = keccak256(
        words(
          keccakText('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
          keccakText('TIP20 Channel Reserve'),
          keccakText(version),
          domain.chainId,
          domain.escrow,
        ),
      )
      const type = keccakText(`Voucher(bytes32 channelId,${amountType} cumulativeAmount)`)
      const struct = keccak256(words(type, voucher.channelId, voucher.cumulativeAmount))
      const digest = keccak256(`0x1901${separator.slice(2)}${struct.slice(2)}`)
      return Signature.recover(Signature.decode(signature), digest, recoverKey) === signer
        ? undefined
        : signatureRules.bySigner(input)
    },
  },
})

const signatureOf = (request: Request): Hex => String(payloadOf(request)['signature']) as Hex

const bytesOf = (signature: string): number => (signature.length - 2) / 2

/** 65 bytes with an r or s that no signature has. */
const outOfRange = (signature: string): boolean => {
  const [r = '', s = ''] = [signature.slice(2, 66), signature.slice(66, 130)]
  return (
    bytesOf(signature) === 65 &&
    [r, s].some((word) => /^0+$/.test(word) || BigInt(`0x${word}`) >= Signature.order)
  )
}
const wrapped = (signature: string): boolean => bytesOf(signature) === 86 && /^0x0[34]/.test(signature)

export const faults = [
  fault({
    name: 'refuses-delegated-signers',
    breaks: 'SESS-SIG-009',
    caughtBy: ['signer.delegated'],
    rules: {
      knownChannel: {
        sameDescriptor: ({ record }) =>
          BigInt(record.descriptor.authorizedSigner) === 0n
            ? undefined
            : refuse('session/signer-mismatch', 'only payers sign here'),
      },
    },
  }),
  fault({
    name: 'payer-signs-for-delegate',
    breaks: 'SESS-SIG-011',
    caughtBy: ['signer.payer-on-delegated', 'audit.books-within-vouchers'],
    rules: alsoSignedBy('voucher', 'payer'),
  }),
  fault({
    name: 'payer-opens-for-delegate',
    breaks: 'SESS-SIG-011',
    caughtBy: ['signer.payer-opens-delegated'],
    rules: alsoSignedBy('open', 'payer'),
  }),
  fault({
    name: 'signer-as-described',
    breaks: 'SESS-SIG-010',
    caughtBy: ['signer.claimed-in-descriptor', 'audit.books-within-vouchers'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    rules: alsoSignedBy('voucher', 'authorizedSigner'),
  }),
  fault({
    name: 'signer-is-source',
    breaks: 'SESS-SIG-010',
    caughtBy: ['signer.claimed-in-source'],
    like: ['wevm/mppx#628'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      const token = (request.headers.get('authorization') ?? '').slice('Payment '.length)
      const { source, payload } = JSON.parse(Buffer.from(token, 'base64url').toString() || '{}') as {
        source?: string
        payload?: { descriptor?: { payer?: string } }
      }
      const foreign = source !== undefined && !source.endsWith(payload?.descriptor?.payer ?? '')
      return paying('voucher')(request) && response.status === 402 && foreign
        ? inventedReceipt(request)
        : response
    },
  }),
  fault({
    name: 'any-domain-version',
    breaks: 'SESS-SIG-012',
    caughtBy: ['signer.other-version', 'audit.books-within-vouchers'],
    rules: alsoUnder('2', 'uint96'),
  }),
  fault({
    name: 'any-amount-width',
    breaks: 'SESS-SIG-012',
    caughtBy: ['signer.other-width', 'audit.books-within-vouchers'],
    like: ['tempoxyz/wallet#342'],
    rules: alsoUnder('1', 'uint128'),
  }),
  fault({
    name: 'unwraps-keychain-signatures',
    breaks: 'CHAN-SIG-003',
    caughtBy: ['signer.keychain'],
    http: instead(
      (request) => paying('voucher')(request) && wrapped(signatureOf(request)),
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'forgiving-signatures',
    breaks: 'SESS-ERR-003',
    caughtBy: ['signer.length'],
    http: instead(
      (request) => paying('voucher')(request) && ![64, 65, 86].includes(bytesOf(signatureOf(request))),
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'takes-signatures-out-of-range',
    breaks: 'SESS-ERR-003',
    caughtBy: ['signer.range'],
    http: instead(
      (request) => paying('voucher')(request) && outOfRange(signatureOf(request)),
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'takes-any-parity',
    breaks: 'SESS-ERR-003',
    caughtBy: ['signer.parity'],
    http: instead(
      (request) => paying('voucher')(request) && /^0x.{128}1d$/.test(signatureOf(request)),
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'takes-hex-without-prefix',
    breaks: 'SESS-ENC-008',
    caughtBy: ['signer.unprefixed'],
    http: instead(
      (request) => paying('voucher')(request) && !signatureOf(request).startsWith('0x'),
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'keeps-compact-vouchers',
    breaks: 'SESS-SIG-013',
    caughtBy: ['signer.redeemable'],
    http: instead(
      // What the chain does with 64 bytes: it reverts, so the close does not happen.
      (request) => paying('close')(request) && bytesOf(signatureOf(request)) === 64,
      () => new Response(null, { status: 402, headers: { 'www-authenticate': 'Payment id="x"' } }),
    ),
  }),
]
