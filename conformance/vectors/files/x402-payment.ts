/** Payments of x402, what facilitators are asked, and receipts. */
import type { JsonObject } from '../../../src/codec/json.ts'
import { mutations } from '../mutate.ts'
import { bytes32, payer } from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'
import {
  entryV1,
  entryV2,
  envelopes,
  header,
  payload,
  paymentV1,
  paymentV2,
  resource,
  settlement,
  termsV2,
} from './x402-samples.ts'

const body = (value: JsonObject): JsonObject => ({ body: JSON.stringify(value) })
const asked: JsonObject = { x402Version: 2, paymentPayload: paymentV2, paymentRequirements: entryV2 }
const id = 'pay_7d5d747be160e280504c099d984bcfe0'
const withId = (value: unknown): JsonObject => ({
  extensions: { 'payment-identifier': { info: { required: false, id: value as string } } },
})

export const x402Payment: Definition = {
  file: 'x402-payment',
  title: 'x402: payments, settlements, payment identifiers',
  groups: [
    {
      op: 'x402.payment.decode',
      comment:
        'an X-PAYMENT (v1) or PAYMENT-SIGNATURE (v2) value; `accepted` in the terms of x402.required.decode',
      requirements: ['X-WIRE-002'],
      tests: [
        valid('v1', header(paymentV1), {
          version: 1,
          scheme: 'exact',
          network: 'base-sepolia',
          payload,
          extensions: {},
        }),
        valid('v2', header(paymentV2), {
          version: 2,
          scheme: 'exact',
          network: 'eip155:84532',
          accepted: termsV2,
          resource,
          payload,
          extensions: {},
        }),
        valid(
          'a payload of another scheme',
          header({ ...paymentV1, scheme: 'upto', payload: { permit: {} } }),
        ),
        ...envelopes(paymentV2),
        ...mutations(paymentV1, { scheme: 'text', network: 'text', payload: 'object' }, header),
        ...mutations(paymentV2, { payload: 'object', accepted: 'object', resource: 'object?' }, header),
        ...mutations(entryV2, { scheme: 'text', amount: 'uint256' }, (accepted) =>
          header({ ...paymentV2, accepted }),
        ),
        invalid(
          'v1 that says it is v2',
          header({ ...paymentV1, x402Version: 2 }),
          'missing',
          'MissingMember',
        ),
        invalid(
          'no version',
          header({ ...paymentV2, x402Version: undefined } as unknown as JsonObject),
          'bad-value',
          'MissingMember',
        ),
        invalid('version 3', header({ ...paymentV2, x402Version: 3 }), 'bad-value'),
        invalid('over the limit', { header: 'A'.repeat(65_540) }, 'too-large', 'Limit'),
      ],
    },
    {
      op: 'x402.settlement.decode',
      comment: 'an X-PAYMENT-RESPONSE (v1) or PAYMENT-RESPONSE (v2) value',
      requirements: ['X-WIRE-003'],
      tests: [
        valid('settled', header(settlement), settlement),
        valid(
          'refused',
          header({
            success: false,
            errorReason: 'insufficient_funds',
            transaction: '',
            network: 'base-sepolia',
            payer,
          }),
        ),
        valid(
          'refused, nobody named',
          header({ success: false, network: 'base-sepolia', transaction: null, payer: null }),
        ),
        ...envelopes(settlement),
        ...mutations(settlement, { network: 'text' }, header),
        invalid(
          'no success',
          header({ network: 'eip155:1', transaction: bytes32('9d') }),
          'missing',
          'MissingMember',
        ),
        invalid('success as text', header({ ...settlement, success: 'true' }), 'wrong-type', 'WrongType'),
        invalid(
          'the transaction as a number',
          header({ ...settlement, transaction: 1 }),
          'wrong-type',
          'WrongType',
        ),
      ],
    },
    {
      op: 'x402.paymentIdentifier.decode',
      comment:
        'the extensions of a payment or of what is asked: the id, where there is one, and whether one is required',
      requirements: ['X-WIRE-006'],
      tests: [
        valid('an id', withId(id), { required: false, id }),
        valid('of 16 characters', withId('a'.repeat(16)), { required: false, id: 'a'.repeat(16) }),
        valid('of 128 characters', withId('Z'.repeat(128)), { required: false, id: 'Z'.repeat(128) }),
        valid(
          'none, and one is required',
          { extensions: { 'payment-identifier': { info: { required: true } } } },
          { required: true },
        ),
        valid('no extension', { extensions: {} }, { required: false }),
        valid('another extension', { extensions: { bazaar: { info: { id: 'x' } } } }, { required: false }),
        invalid('of 15 characters', withId('a'.repeat(15)), 'bad-value', 'Limit'),
        invalid('of 129 characters', withId('a'.repeat(129)), 'too-large', 'Limit'),
        invalid('empty', withId(''), 'bad-value', 'EmptyValue'),
        invalid('with a space', withId('a b'.repeat(8)), 'bad-value'),
        invalid('with a line break at its end', withId(`${id}\n`), 'bad-value', 'HeaderInjection'),
        invalid('beyond ASCII', withId('é'.repeat(16)), 'bad-value', 'Unicode'),
        invalid('a number', withId(1234567890123456), 'wrong-type', 'WrongType'),
      ],
    },
    {
      op: 'x402.facilitatorRequest.decode',
      comment: 'the body of /verify and /settle',
      requirements: ['X-WIRE-007'],
      tests: [
        valid('v2', body(asked)),
        valid('v1', body({ x402Version: 1, paymentPayload: paymentV1, paymentRequirements: entryV1 })),
        valid('without its own version', body({ paymentPayload: paymentV2, paymentRequirements: entryV2 })),
        ...mutations(asked, { paymentPayload: 'object', paymentRequirements: 'object' }, body),
        invalid('another version than its payment', body({ ...asked, x402Version: 1 }), 'bad-value'),
        invalid(
          'requirements of the other version',
          body({ ...asked, paymentRequirements: entryV1 }),
          'bad-value',
          'MissingMember',
        ),
        invalid('an empty body', { body: '' }, 'bad-json', 'EmptyValue'),
        invalid('an array', { body: '[]' }, 'wrong-type', 'WrongType'),
      ],
    },
  ],
}
