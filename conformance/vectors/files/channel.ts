/** Descriptors, channel ids and the four payloads of a session credential. */
import type { JsonObject } from '../../../src/codec/json.ts'
import { type Members, mutations } from '../mutate.ts'
import {
  bytes32,
  channelId,
  delegate,
  descriptor,
  payee,
  payer,
  reserve,
  token,
  zeroAddress,
} from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'

const members = {
  payer: 'address',
  payee: 'address',
  operator: 'address',
  token: 'address',
  salt: 'bytes32',
  authorizedSigner: 'address',
  expiringNonceHash: 'bytes32',
} as const
const signature = `0x${'11'.repeat(64)}1b`
const voucher: JsonObject = {
  action: 'voucher',
  channelId,
  descriptor,
  cumulativeAmount: '250000',
  signature,
}
const close: JsonObject = { ...voucher, action: 'close' }
const open: JsonObject = {
  ...voucher,
  action: 'open',
  type: 'transaction',
  cumulativeAmount: '0',
  transaction: '0x76c0',
}
const topUp: JsonObject = {
  action: 'topUp',
  type: 'transaction',
  channelId,
  descriptor,
  transaction: '0x76c0',
  additionalDeposit: '1000',
}
const payload = (value: JsonObject): JsonObject => ({ payload: value })
const voucherMembers: Members = { channelId: 'bytes32', cumulativeAmount: 'amount', signature: 'bytes' }

const base: JsonObject = { ...descriptor, payer: '0x1111111111111111111111111111111111111111' }
const { operator: _, expiringNonceHash: __, ...legacy } = base
const v1Place = { escrow: '0x9d136eea063ede5418a6bc7beaff009bbb6cfa70', chainId: 42431 }
const v2Place = { escrow: reserve, chainId: 4217 }

/** Every input of a derivation changed once: each must change the id. */
const changed = (value: JsonObject): [string, JsonObject][] =>
  Object.keys(value).map((name) => [
    `another ${name}`,
    { ...value, [name]: String(value[name]).replace(/.$/, 'e') },
  ])

export const channel: Definition = {
  file: 'channel',
  title: 'Channel descriptors, ids and payloads',
  groups: [
    {
      op: 'descriptor.decode',
      comment: 'the seven fields that identify a v2 channel',
      requirements: ['SESS-ENC-002', 'SESS-ENC-003'],
      tests: [
        valid('lower case', { descriptor }, descriptor),
        valid(
          'upper case',
          { descriptor: { ...descriptor, payer: `0x${payer.slice(2).toUpperCase()}` } },
          descriptor,
          'LetterCase',
        ),
        valid(
          'an unknown member',
          { descriptor: { ...descriptor, foo: 1 } },
          { ...descriptor, foo: 1 },
          'UnknownMember',
        ),
        invalid('an array', { descriptor: [] }, 'wrong-type', 'WrongType'),
        invalid('null', { descriptor: null }, 'wrong-type', 'WrongType'),
        invalid('nothing', {}, 'missing', 'MissingMember'),
        ...mutations(descriptor, members, (value) => ({ descriptor: value })),
      ],
    },
    {
      op: 'descriptor.signer',
      comment: 'who signs vouchers',
      requirements: ['SESS-SIG-009'],
      tests: [
        valid('the payer when the signer is zero', { descriptor }, { signer: payer }),
        valid(
          'the authorized signer',
          { descriptor: { ...descriptor, authorizedSigner: delegate } },
          { signer: delegate },
        ),
      ],
    },
    {
      op: 'channelId.v1',
      comment: 'keccak256 of seven words',
      requirements: ['SESS-CHID-001'],
      tests: [
        valid(
          'agreed by several implementations',
          { channel: legacy, ...v1Place },
          { channelId: '0xa3d150a6ef0e2cf14f806a2587f00e575ec70acbb86afc353eb3891ce372cb4d' },
        ),
        ...changed(legacy).map(([comment, value]) => valid(comment, { channel: value, ...v1Place })),
        valid('another chain', { channel: legacy, ...v1Place, chainId: 4217 }, undefined, 'WrongDomain'),
        valid('another contract', { channel: legacy, ...v1Place, escrow: reserve }, undefined, 'WrongDomain'),
        invalid('no chain', { channel: legacy, escrow: reserve }, 'wrong-type', 'MissingMember'),
        invalid(
          'a contract that is no address',
          { channel: legacy, escrow: '0x', chainId: 1 },
          'bad-length',
          'HexForm',
        ),
      ],
    },
    {
      op: 'channelId.v2',
      comment: 'keccak256 of nine words',
      requirements: ['SESS-CHID-002', 'SESS-CHID-004'],
      tests: [
        valid('agreed by several implementations', { descriptor: base, ...v2Place }, { channelId }),
        valid(
          'the same in upper case',
          {
            descriptor: {
              ...base,
              token: `0x${token.slice(2).toUpperCase()}`,
              payee: `0x${payee.slice(2).toUpperCase()}`,
            },
            ...v2Place,
          },
          { channelId },
          'LetterCase',
        ),
        ...changed(base).map(([comment, value]) => valid(comment, { descriptor: value, ...v2Place })),
        valid('another chain', { descriptor: base, ...v2Place, chainId: 42431 }, undefined, 'WrongDomain'),
        valid(
          'another contract',
          { descriptor: base, ...v2Place, escrow: zeroAddress },
          undefined,
          'WrongDomain',
        ),
        invalid(
          'a salt of 31 bytes',
          { descriptor: { ...base, salt: `0x${'aa'.repeat(31)}` }, ...v2Place },
          'bad-length',
          'HexForm',
        ),
        invalid(
          'chain as text',
          { descriptor: base, escrow: reserve, chainId: '4217' },
          'wrong-type',
          'WrongType',
        ),
      ],
    },
    {
      op: 'payload.decode',
      comment: 'the four actions',
      requirements: ['SESS-ENC-002', 'SESS-ENC-004', 'SESS-CRED-002'],
      tests: [
        valid('open', payload(open), open),
        valid('open with an authorized signer', payload({ ...open, authorizedSigner: delegate }), {
          ...open,
          authorizedSigner: delegate,
        }),
        valid('topUp', payload(topUp), topUp),
        valid('voucher', payload(voucher), voucher),
        valid('close', payload(close), close),
        valid('a close with the consent to it', payload({ ...close, closeSignature: signature }), {
          ...close,
          closeSignature: signature,
        }),
        invalid(
          'a closeSignature that is no hex',
          payload({ ...close, closeSignature: 'yes' }),
          'bad-syntax',
          'HexForm',
        ),
        invalid(
          'a closeSignature that is no text',
          payload({ ...close, closeSignature: 1 }),
          'wrong-type',
          'WrongType',
        ),
        valid(
          'a v1 voucher has no descriptor',
          payload({ action: 'voucher', channelId, cumulativeAmount: '1', signature }),
        ),
        valid(
          'an unknown member',
          payload({ ...voucher, foo: 'x' }),
          { ...voucher, foo: 'x' },
          'UnknownMember',
        ),
        valid(
          'the largest uint128',
          payload({ ...voucher, cumulativeAmount: `${2n ** 128n - 1n}` }),
          undefined,
          'AmountOverflow',
        ),
        valid(
          'capitals in the signature',
          payload({ ...voucher, signature: signature.toUpperCase().replace('0X', '0x') }),
          voucher,
          'LetterCase',
        ),
        ...['Open', 'pay', '', 'topup', 'CLOSE', 'constructor'].map((action) =>
          invalid(`action ${JSON.stringify(action)}`, payload({ ...voucher, action }), 'bad-value'),
        ),
        invalid(
          'no action',
          payload({ channelId, cumulativeAmount: '1', signature }),
          'bad-value',
          'MissingMember',
        ),
        invalid('open of type proof', payload({ ...open, type: 'proof' }), 'bad-value'),
        invalid(
          'topUp without a type',
          payload((({ type: _, ...rest }) => rest)(topUp)),
          'bad-value',
          'MissingMember',
        ),
        invalid('an array', { payload: [voucher] }, 'wrong-type', 'WrongType'),
        invalid('nothing', {}, 'missing', 'MissingMember'),
        ...mutations(
          open,
          { ...voucherMembers, transaction: 'bytes', authorizedSigner: 'address?', descriptor: 'object?' },
          payload,
        ),
        ...mutations(
          topUp,
          { channelId: 'bytes32', transaction: 'bytes', additionalDeposit: 'amount' },
          payload,
        ),
        ...mutations(voucher, { ...voucherMembers, descriptor: 'object?' }, payload).filter(
          ({ comment }) => comment !== 'descriptor may be absent',
        ),
        ...mutations(close, voucherMembers, payload),
        invalid(
          'a descriptor with a short salt',
          payload({ ...voucher, descriptor: { ...descriptor, salt: bytes32('aa').slice(0, -2) } }),
          'bad-length',
          'HexForm',
        ),
      ],
    },
  ],
}
