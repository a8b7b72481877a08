/** Receipts, of any method and of a tempo session; snapshots; the events of a stream. */
import type { JsonObject } from '../../../src/codec/json.ts'
import { encoded, envelopes, mutations } from '../mutate.ts'
import { bytes32, channelId, descriptor, reserve, timestamp } from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'

const core: JsonObject = { status: 'success', method: 'example', timestamp, reference: 'ref_123' }
const session: JsonObject = {
  method: 'tempo',
  intent: 'session',
  status: 'success',
  timestamp,
  reference: channelId,
  challengeId: 'NeP2d9DAMCBTfC3FY6ufbQq1Fnp4ynfrsoWui1dXteA',
  channelId,
  acceptedCumulative: '5000',
  spent: '3000',
}
const snapshotSample: JsonObject = {
  acceptedCumulative: '5000',
  chainId: 4217,
  channelId,
  deposit: '40000',
  descriptor,
  escrow: reserve,
  requiredCumulative: '6000',
  settled: '0',
  spent: '3000',
}
const need: JsonObject = {
  acceptedCumulative: '5000',
  channelId,
  deposit: '40000',
  requiredCumulative: '6000',
}

const header = (value: JsonObject): JsonObject => ({ header: encoded(value) })
const data = (value: JsonObject): JsonObject => ({ data: JSON.stringify(value) })
const upper = `0x${channelId.slice(2).toUpperCase()}`
const sessionMembers = {
  timestamp: 'timestamp',
  reference: 'bytes32',
  challengeId: 'text',
  channelId: 'bytes32',
  acceptedCumulative: 'amount',
  spent: 'amount',
  units: 'integer?',
  txHash: 'bytes32?',
} as const

export const receipt: Definition = {
  file: 'receipt',
  title: 'Receipts of any method and of a tempo session',
  groups: [
    {
      op: 'receipt.decode',
      comment: 'a Payment-Receipt value of any method',
      requirements: ['CORE-RCPT-002'],
      naming: {
        'CORE-RCPT-003': /^(the four members|(status|method|timestamp|reference)(:| is).*)$/,
        'CORE-RCPT-006': /timestamp/,
        'CORE-RCPT-009': /members of the method|session receipt/,
        'SESS-ENC-006': /timestamp/,
      },
      tests: [
        valid('the four members', header(core), core),
        valid('white space around the value', { header: ` ${encoded(core)}\t` }, core),
        valid(
          'members of the method',
          header({ ...core, externalId: 'x', units: 3 }),
          { ...core, externalId: 'x', units: 3 },
          'UnknownMember',
        ),
        valid('a session receipt', header(session), session),
        valid(
          'a timestamp with a zone',
          header({ ...core, timestamp: '2026-01-06T14:05:00.250+02:00' }),
          { ...core, timestamp: '2026-01-06T14:05:00.250+02:00' },
          'Timestamp',
        ),
        ...envelopes(core, (text) => ({ header: text })),
        ...mutations(
          core,
          { status: 'text', method: 'text', timestamp: 'timestamp', reference: 'text' },
          header,
        ).map((draft) =>
          draft.comment.startsWith('status: ') || draft.comment === 'status is absent'
            ? { ...draft, reason: 'bad-value' }
            : draft,
        ),
        ...['failed', 'Success', '', 'pending', 'success '].map((status) =>
          invalid(`status ${JSON.stringify(status)}`, header({ ...core, status }), 'bad-value'),
        ),
        invalid('an empty value', { header: '' }, 'empty', 'EmptyValue'),
        invalid('white space alone', { header: ' \t' }, 'empty', 'EmptyValue'),
        invalid(
          'JSON without base64url',
          { header: JSON.stringify(core) },
          'bad-character',
          'NonCanonicalBase64',
        ),
        invalid('over the limit', { header: 'A'.repeat(16_385) }, 'too-large', 'Limit'),
      ],
    },
    {
      op: 'receipt.encode',
      comment: 'an object to a Payment-Receipt value; any JSON text of the same meaning will do',
      requirements: ['CORE-RCPT-002', 'CORE-RCPT-003'],
      compare: 'semantic',
      tests: [
        valid('the four members', core, header(core)),
        valid(
          'a reference beyond ASCII',
          { ...core, reference: 'Straße 😀' },
          header({ ...core, reference: 'Straße 😀' }),
          'Unicode',
        ),
        invalid('a lone surrogate', { ...core, reference: '\ud800' }, 'unencodable', 'Unicode'),
      ],
    },
    {
      op: 'sessionReceipt.decode',
      comment: 'a Payment-Receipt value of a session',
      requirements: ['SESS-RCPT-002', 'SESS-ENC-004', 'SESS-ENC-001', 'SESS-CRED-002'],
      tests: [
        valid('the required members', header(session), session),
        valid('every member', header({ ...session, units: 3, txHash: bytes32('cc') }), {
          ...session,
          units: 3,
          txHash: bytes32('cc'),
        }),
        valid(
          'an unknown member',
          header({ ...session, foo: 'x' }),
          { ...session, foo: 'x' },
          'UnknownMember',
        ),
        valid('a channel id in upper case', header({ ...session, channelId: upper }), session, 'LetterCase'),
        valid('zeros before an amount', header({ ...session, spent: '0003000' }), session, 'Amount'),
        ...mutations(session, sessionMembers, header),
        ...[
          ['method', 'evm'],
          ['intent', 'charge'],
          ['status', 'failed'],
        ].map(([name, value]) =>
          invalid(`${name} ${value}`, header({ ...session, [name as string]: value as string }), 'bad-value'),
        ),
      ],
    },
    {
      op: 'receiptEvent.decode',
      comment: 'the data of a payment-receipt event: the same object as plain JSON',
      requirements: ['SESS-RCPT-002'],
      tests: [
        valid('the required members', data(session), session),
        invalid('base64url, as in the header', { data: encoded(session) }, 'bad-json'),
        invalid(
          'a member twice',
          { data: `{"spent":"1",${JSON.stringify(session).slice(1)}` },
          'duplicate-key',
          'DuplicateKey',
        ),
        invalid(
          'two lines of JSON',
          { data: `${JSON.stringify(session)}\n{}` },
          'bad-json',
          'EventInjection',
        ),
        ...mutations(session, { channelId: 'bytes32', acceptedCumulative: 'amount', spent: 'amount' }, data),
      ],
    },
    {
      op: 'needVoucher.decode',
      comment: 'the data of a payment-need-voucher event',
      requirements: ['SESS-ENC-004'],
      tests: [
        valid('the four members', data(need), need),
        valid('an unknown member', data({ ...need, foo: 1 }), { ...need, foo: 1 }, 'UnknownMember'),
        invalid('no data', { data: '' }, 'bad-json', 'EmptyValue'),
        invalid('an array', { data: '[]' }, 'wrong-type', 'WrongType'),
        ...mutations(
          need,
          {
            acceptedCumulative: 'amount',
            channelId: 'bytes32',
            deposit: 'amount',
            requiredCumulative: 'amount',
          },
          data,
        ),
      ],
    },
  ],
}

export const snapshot: Definition = {
  file: 'snapshot',
  title: 'Session snapshots',
  groups: [
    {
      op: 'snapshot.decode',
      comment: 'a Payment-Session-Snapshot value',
      requirements: ['SESS-SNAP-002', 'SESS-SNAP-003', 'SESS-ENC-004', 'SESS-ENC-005'],
      tests: [
        valid('the required members', header(snapshotSample), snapshotSample),
        valid('every member', header({ ...snapshotSample, closeRequestedAt: '1767701100', units: 3 }), {
          ...snapshotSample,
          closeRequestedAt: '1767701100',
          units: 3,
        }),
        valid(
          'an unknown member',
          header({ ...snapshotSample, foo: {} }),
          { ...snapshotSample, foo: {} },
          'UnknownMember',
        ),
        ...envelopes(snapshotSample, (text) => ({ header: text })),
        ...mutations(
          snapshotSample,
          {
            acceptedCumulative: 'amount',
            chainId: 'integer',
            channelId: 'bytes32',
            closeRequestedAt: 'amount?',
            deposit: 'amount',
            descriptor: 'object',
            escrow: 'address',
            requiredCumulative: 'amount',
            settled: 'amount',
            spent: 'amount',
            units: 'integer?',
          },
          header,
        ),
        ...mutations(
          descriptor,
          { payer: 'address', salt: 'bytes32', expiringNonceHash: 'bytes32' },
          (value) => header({ ...snapshotSample, descriptor: value }),
        ),
        invalid('chain 0', header({ ...snapshotSample, chainId: 0 }), 'out-of-range', 'Amount'),
        invalid('over the limit', { header: 'A'.repeat(16_388) }, 'too-large', 'Limit'),
      ],
    },
  ],
}
