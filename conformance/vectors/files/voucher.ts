/** Vouchers: what is hashed and signed. */

import type { JsonObject } from '../../../src/codec/json.ts'
import * as Voucher from '../../../src/contracts/voucher.ts'
import { accountFromKey } from '../../../src/keys/accounts.ts'
import * as Signature from '../../../src/keys/signature.ts'
import { bytes32, channelId, delegate, delegateKey, payer, payerKey, reserve } from '../samples.ts'
import { type Definition, type Draft, invalid, valid } from '../vector.ts'

const escrowV1 = '0x9d136eea063ede5418a6bc7beaff009bbb6cfa70'
export const v2: JsonObject = {
  protocol: 'v2',
  escrow: reserve,
  chainId: 4217,
  channelId,
  cumulativeAmount: '250000',
}
export const v1: JsonObject = {
  protocol: 'v1',
  escrow: escrowV1,
  chainId: 42431,
  channelId: '0xa3d150a6ef0e2cf14f806a2587f00e575ec70acbb86afc353eb3891ce372cb4d',
  cumulativeAmount: '250000',
}
export const limit = { v1: 2n ** 128n, v2: 2n ** 96n }
const both = [v1, v2] as const

async function signatureOf(input: JsonObject, key = payerKey): Promise<string> {
  const { channelId: id, cumulativeAmount, ...domain } = input
  return Voucher.sign(
    { channelId: id as never, cumulativeAmount: BigInt(String(cumulativeAmount)) },
    domain as never,
    accountFromKey(key),
  )
}

export const amounts = ['0', '1', '1000', '9007199254740993', '18446744073709551616']

/** Signatures that are none, each with its reason. */
export function forms(good: string): [string, string, string][] {
  const { r, s, yParity } = Signature.decode(good)
  const word = (value: bigint) => value.toString(16).padStart(64, '0')
  const parts = (first: bigint, second: bigint, v = '1b') => `0x${word(first)}${word(second)}${v}`
  return [
    ['nothing', '0x', 'bad-length'],
    ['63 bytes', good.slice(0, 128), 'bad-length'],
    ['66 bytes', `${good}00`, 'bad-length'],
    ['32 bytes', good.slice(0, 66), 'bad-length'],
    ['half a byte more', `${good}0`, 'bad-length'],
    ['no prefix', good.slice(2), 'bad-syntax'],
    ['a letter that is no digit', `${good.slice(0, -1)}z`, 'bad-character'],
    ['v 0', `${good.slice(0, -2)}00`, 'bad-value'],
    ['v 1', `${good.slice(0, -2)}01`, 'bad-value'],
    ['v 26', `${good.slice(0, -2)}1a`, 'bad-value'],
    ['v 29', `${good.slice(0, -2)}1d`, 'bad-value'],
    ['v 37, as EIP-155 has it', `${good.slice(0, -2)}25`, 'bad-value'],
    ['v 255', `${good.slice(0, -2)}ff`, 'bad-value'],
    ['r zero', parts(0n, s), 'out-of-range'],
    ['s zero', parts(r, 0n), 'out-of-range'],
    ['r the order', parts(Signature.order, s), 'out-of-range'],
    ['s the order', parts(r, Signature.order), 'out-of-range'],
    ['r all ones', parts(2n ** 256n - 1n, s), 'out-of-range'],
    ['64 bytes with s zero', `0x${word(r)}${word(BigInt(yParity) << 255n)}`, 'out-of-range'],
  ]
}

export const good = { v1: await signatureOf(v1), v2: await signatureOf(v2) }
const compact = Signature.encodeCompact(Signature.decode(good.v2))
const highS = Signature.encode(Signature.malleated(Signature.decode(good.v2)))
const asSigned = (input: JsonObject, signature: string): JsonObject => ({
  ...input,
  signature,
  signer: payer,
})

const verify: Draft[] = [
  valid('v1', asSigned(v1, good.v1), { valid: true }),
  valid('v2', asSigned(v2, good.v2), { valid: true }),
  valid('64 bytes of EIP-2098', asSigned(v2, compact), { valid: true }, 'SignatureForm'),
  valid('capitals', asSigned(v2, good.v2.toUpperCase().replace('0X', '0x')), { valid: true }, 'LetterCase'),
  valid(
    'signer with capitals',
    { ...asSigned(v2, good.v2), signer: payer.toUpperCase().replace('0X', '0x') },
    { valid: true },
    'LetterCase',
  ),
  ...forms(good.v2).map(([comment, signature, reason]) =>
    invalid(comment, asSigned(v2, signature), reason, 'SignatureForm'),
  ),
  invalid('high s', asSigned(v2, highS), 'high-s', 'Malleability'),
  invalid(
    'another signer expected',
    { ...asSigned(v2, good.v2), signer: delegate },
    'wrong-signer',
    'WrongSigner',
  ),
  invalid(
    'signed by another key',
    asSigned(v2, await signatureOf(v2, delegateKey)),
    'wrong-signer',
    'WrongSigner',
  ),
  invalid(
    'v flipped',
    asSigned(v2, `${good.v2.slice(0, -2)}${good.v2.endsWith('1b') ? '1c' : '1b'}`),
    'wrong-signer',
    'WrongSigner',
  ),
  invalid(
    'a larger amount',
    asSigned({ ...v2, cumulativeAmount: '250001' }, good.v2),
    'wrong-signer',
    'WrongSigner',
  ),
  invalid(
    'a smaller amount',
    asSigned({ ...v2, cumulativeAmount: '249999' }, good.v2),
    'wrong-signer',
    'WrongSigner',
  ),
  invalid(
    'another channel',
    asSigned({ ...v2, channelId: bytes32('cc') }, good.v2),
    'wrong-signer',
    'WrongDomain',
  ),
  invalid('another chain', asSigned({ ...v2, chainId: 42431 }, good.v2), 'wrong-signer', 'WrongDomain'),
  invalid('another contract', asSigned({ ...v2, escrow: escrowV1 }, good.v2), 'wrong-signer', 'WrongDomain'),
  invalid(
    'a v1 voucher of the same channel',
    asSigned(v2, await signatureOf({ ...v2, protocol: 'v1' })),
    'wrong-signer',
    'WrongDomain',
  ),
  invalid(
    'a v2 voucher under v1',
    asSigned(v1, await signatureOf({ ...v1, protocol: 'v2' })),
    'wrong-signer',
    'WrongDomain',
  ),
  invalid(
    '2^96 under v2',
    asSigned({ ...v2, cumulativeAmount: `${limit.v2}` }, good.v2),
    'unencodable',
    'AmountOverflow',
  ),
  invalid(
    '2^96 more than was signed',
    asSigned({ ...v2, cumulativeAmount: `${limit.v2 + 250_000n}` }, good.v2),
    'unencodable',
    'AmountOverflow',
  ),
]

export const voucher: Definition = {
  file: 'voucher',
  title: 'Vouchers: EIP-712 hashes and signatures',
  groups: [
    {
      op: 'voucher.domain',
      comment: 'the domain separator',
      requirements: ['SESS-SIG-004'],
      tests: [
        valid(
          'v2 on 4217',
          { protocol: 'v2', escrow: reserve, chainId: 4217 },
          { separator: '0x6465ffa0b0c1e7cfc1a894ba54d79615bc06fd7cc9cfec558f3df82189d17367' },
        ),
        valid(
          'v2 on 42431',
          { protocol: 'v2', escrow: reserve, chainId: 42431 },
          { separator: '0xa3aa475070603a80823360e5a4a0d3b4fe2cd4e82a109ee3c21a4640a199688d' },
        ),
        valid(
          'v1 on 42431',
          { protocol: 'v1', escrow: escrowV1, chainId: 42431 },
          { separator: '0x4898f4d51296266af964f97e993553855254242af663fcb46ddf740b9ac170fa' },
        ),
        invalid('no chain', { protocol: 'v2', escrow: reserve }, 'wrong-type', 'MissingMember'),
        invalid(
          'a contract that is no address',
          { protocol: 'v2', escrow: '0x12', chainId: 1 },
          'bad-length',
          'HexForm',
        ),
      ],
    },
    {
      op: 'voucher.typedData',
      comment: 'what a wallet is asked to sign; EIP712Domain is not listed',
      requirements: ['SESS-SIG-002', 'SESS-SIG-003', 'SESS-SIG-004'],
      tests: both.map((input) => valid(String(input['protocol']), input)),
    },
    {
      op: 'voucher.hash',
      comment: 'the 32 bytes that are signed',
      requirements: ['SESS-SIG-002', 'SESS-SIG-005'],
      tests: [
        valid('v1, agreed by several implementations', v1, {
          hash: '0xc6ad3ab5cd2c0f53c579e9a66bad692fee1910a4efef63c8701fe6008ed62ff0',
        }),
        valid('v2, agreed by several implementations', v2, {
          hash: '0xcdf8f30a98267ccc8a10464cf989ea6448eeb174e5613ec899d260338490c94c',
        }),
        ...both.flatMap((input) => {
          const protocol = input['protocol'] as 'v1' | 'v2'
          return [
            ...amounts.map((cumulativeAmount) =>
              valid(`${protocol}: ${cumulativeAmount}`, { ...input, cumulativeAmount }),
            ),
            valid(
              `${protocol}: the largest amount`,
              { ...input, cumulativeAmount: `${limit[protocol] - 1n}` },
              undefined,
              'AmountOverflow',
            ),
            valid(`${protocol}: the zero channel`, { ...input, channelId: bytes32('00') }),
            invalid(
              `${protocol}: one past the largest`,
              { ...input, cumulativeAmount: `${limit[protocol]}` },
              'unencodable',
              'AmountOverflow',
            ),
            invalid(
              `${protocol}: a negative amount`,
              { ...input, cumulativeAmount: '-1' },
              'unencodable',
              'Amount',
            ),
            invalid(
              `${protocol}: a fraction`,
              { ...input, cumulativeAmount: '0.5' },
              'unencodable',
              'Amount',
            ),
            invalid(
              `${protocol}: a channel of 31 bytes`,
              { ...input, channelId: `0x${'11'.repeat(31)}` },
              'bad-length',
              'HexForm',
            ),
          ]
        }),
      ],
    },
    {
      op: 'voucher.sign',
      comment: 'deterministic (RFC 6979), 65 bytes, v 27 or 28, low s',
      requirements: ['SESS-SIG-005', 'SESS-SIG-006'],
      tests: [
        ...both.flatMap((input) =>
          amounts.map((cumulativeAmount) =>
            valid(`${String(input['protocol'])}: ${cumulativeAmount}`, {
              ...input,
              cumulativeAmount,
              privateKey: payerKey,
            }),
          ),
        ),
        invalid('key zero', { ...v2, privateKey: bytes32('00') }, 'unencodable', 'SignatureForm'),
        invalid('key past the order', { ...v2, privateKey: bytes32('ff') }, 'unencodable', 'SignatureForm'),
        invalid(
          'a key of 31 bytes',
          { ...v2, privateKey: `0x${'11'.repeat(31)}` },
          'bad-length',
          'SignatureForm',
        ),
      ],
    },
    {
      op: 'voucher.recover',
      comment: 'who signed; whether that is the right one is for the caller',
      requirements: ['SESS-SIG-005', 'SESS-SIG-001'],
      tests: [
        ...both.map((input) =>
          valid(
            String(input['protocol']),
            { ...input, signature: good[input['protocol'] as 'v1' | 'v2'] },
            { signer: payer },
          ),
        ),
        valid('64 bytes', { ...v2, signature: compact }, { signer: payer }, 'SignatureForm'),
        valid(
          'high s recovers the same signer',
          { ...v2, signature: highS },
          { signer: payer },
          'Malleability',
        ),
        invalid(
          'r on no point of the curve',
          { ...v2, signature: `0x${'00'.repeat(31)}05${'00'.repeat(31)}011b` },
          'unrecoverable',
          'SignatureForm',
        ),
        ...forms(good.v2)
          .slice(0, 6)
          .map(([comment, signature, reason]) =>
            invalid(comment, { ...v2, signature }, reason, 'SignatureForm'),
          ),
      ],
    },
    {
      op: 'voucher.verify',
      comment: 'whether the expected signer signed, canonically',
      requirements: ['SESS-SIG-001', 'SESS-SIG-002', 'SESS-SIG-005'],
      tests: verify,
    },
    {
      op: 'signature.decode',
      comment: '65 or 64 bytes to r, s and the parity',
      requirements: ['SESS-SIG-006'],
      tests: [
        valid('65 bytes', { signature: good.v1 }),
        valid(
          'the same in 64 bytes',
          { signature: Signature.encodeCompact(Signature.decode(good.v1)) },
          undefined,
          'SignatureForm',
        ),
        valid(
          'r and s one',
          { signature: `0x${'00'.repeat(31)}01${'00'.repeat(31)}011c` },
          { r: `0x${'00'.repeat(31)}01`, s: `0x${'00'.repeat(31)}01`, yParity: 1 },
        ),
        ...forms(good.v1).map(([comment, signature, reason]) =>
          invalid(comment, { signature }, reason, 'SignatureForm'),
        ),
      ],
    },
  ],
}
