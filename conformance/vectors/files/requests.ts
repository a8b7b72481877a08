/** What a challenge's request holds: charges and sessions. */
import type { JsonObject } from '../../../src/codec/json.ts'
import { encoded, envelopes, mutations } from '../mutate.ts'
import { bytes32, payee, reserve, token } from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'

const details: JsonObject = { escrowContract: reserve, chainId: 4217, sessionProtocol: 'v2' }
const session: JsonObject = {
  amount: '1000',
  currency: token,
  recipient: payee,
  unitType: 'word',
  suggestedDeposit: '40000',
  methodDetails: details,
}
const charge: JsonObject = { amount: '1000', currency: 'usd', recipient: 'acct_123' }
const text = (value: JsonObject): JsonObject => ({ text: encoded(value) })
const withDetails = (methodDetails: JsonObject): JsonObject => text({ ...session, methodDetails })

export const requests: Definition = {
  file: 'requests',
  title: 'Charge and session requests',
  groups: [
    {
      op: 'sessionRequest.decode',
      comment: 'the request of a tempo session challenge',
      requirements: ['SESS-ENC-004', 'SESS-ENC-005', 'SESS-CRED-002'],
      tests: [
        valid('a v2 session', text(session), session),
        valid(
          'as little as there may be',
          text({
            amount: '1',
            currency: token,
            recipient: payee,
            methodDetails: { escrowContract: reserve },
          }),
        ),
        valid(
          'every detail',
          withDetails({
            ...details,
            operator: payee,
            channelId: bytes32('cc'),
            minVoucherDelta: '10',
            feePayer: true,
          }),
        ),
        valid(
          'unknown members',
          text({ ...session, foo: 1, methodDetails: { ...details, bar: 'x' } }),
          undefined,
          'UnknownMember',
        ),
        valid(
          'a recipient with checksum capitals',
          text({ ...session, recipient: '0x742D35CC6634C0532925A3B844BC9E7595F8FE00' }),
          session,
          'LetterCase',
        ),
        ...envelopes(session, (value) => ({ text: value })).filter(
          ({ comment }) => comment !== 'white space in the JSON',
        ),
        ...mutations(
          session,
          {
            amount: 'amount',
            currency: 'address',
            recipient: 'address',
            unitType: 'text?',
            suggestedDeposit: 'amount?',
            methodDetails: 'object',
          },
          text,
        ),
        ...mutations(
          details,
          {
            escrowContract: 'address',
            chainId: 'integer?',
            operator: 'address?',
            channelId: 'bytes32?',
            minVoucherDelta: 'amount?',
          },
          withDetails,
        ),
        ...['v3', 'V2', '', 'v2 '].map((sessionProtocol) =>
          invalid(
            `protocol ${JSON.stringify(sessionProtocol)}`,
            withDetails({ ...details, sessionProtocol }),
            'bad-value',
          ),
        ),
        invalid('chain 0', withDetails({ ...details, chainId: 0 }), 'out-of-range'),
        invalid('a chain past 2^53', withDetails({ ...details, chainId: 2 ** 53 }), 'out-of-range', 'Limit'),
        invalid('feePayer as text', withDetails({ ...details, feePayer: 'true' }), 'wrong-type', 'WrongType'),
      ],
    },
    {
      op: 'chargeRequest.decode',
      comment: 'the request of a charge of any method',
      requirements: ['CHG-002'],
      tests: [
        valid('the usual members', text(charge), charge),
        valid(
          'the largest amount',
          text({ ...charge, amount: `${2n ** 256n - 1n}` }),
          { ...charge, amount: `${2n ** 256n - 1n}` },
          'AmountOverflow',
        ),
        valid('a charge of nothing', text({ ...charge, amount: '0' }), { ...charge, amount: '0' }),
        ...mutations(charge, { amount: 'amount', currency: 'text', recipient: 'text?' }, text).filter(
          ({ comment }) => comment !== 'amount: amount of 2^128',
        ),
        invalid('2^256', text({ ...charge, amount: `${2n ** 256n}` }), 'out-of-range', 'AmountOverflow'),
        invalid('no currency to speak of', text({ ...charge, currency: '' }), 'empty', 'EmptyValue'),
        invalid('details as text', text({ ...charge, methodDetails: 'x' }), 'wrong-type', 'WrongType'),
      ],
    },
    {
      op: 'chargeRequest.encode',
      comment: 'a request to its text: canonical JSON, without the expiry that the challenge states',
      requirements: ['CHG-002', 'CHG-003'],
      tests: [
        valid(
          'members are sorted',
          { recipient: 'acct_123', currency: 'usd', amount: '1000' },
          text(charge),
          'Canonicalization',
        ),
        invalid('the expiry repeated', { ...charge, expires: '2026-01-06T12:05:00Z' }, 'unencodable'),
        invalid('a negative amount', { ...charge, amount: '-1' }, 'unencodable', 'Amount'),
        invalid('an amount that is no number', { ...charge, amount: 'x' }, 'unencodable', 'Amount'),
      ],
    },
  ],
}
