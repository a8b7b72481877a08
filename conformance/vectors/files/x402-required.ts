/** What a 402 of x402 asks: the header of v2, the body of v1. */
import type { JsonObject } from '../../../src/codec/json.ts'
import { mutations } from '../mutate.ts'
import { type Definition, invalid, valid } from '../vector.ts'
import {
  entryV1,
  entryV2,
  envelopes,
  header,
  requiredV1,
  requiredV2,
  resource,
  termsV1,
  termsV2,
} from './x402-samples.ts'

const body = (value: JsonObject): JsonObject => ({ body: JSON.stringify(value) })
const shared = { extensions: {} }

export const x402Required: Definition = {
  file: 'x402-required',
  title: 'x402: what is asked for a resource',
  groups: [
    {
      op: 'x402.required.decode',
      comment:
        'a PAYMENT-REQUIRED value to what it asks; amounts are decimal text, members that may be absent are empty or left out',
      requirements: ['X-WIRE-001'],
      tests: [
        valid('of a server', header(requiredV2), {
          ...shared,
          version: 2,
          error: 'Payment required',
          resource,
          accepts: [termsV2],
        }),
        valid('without an error', header({ ...requiredV2, error: null }), {
          ...shared,
          version: 2,
          resource,
          accepts: [termsV2],
        }),
        valid('no way to pay', header({ ...requiredV2, accepts: [] })),
        valid(
          'a scheme and a chain that are not EVM',
          header({
            ...requiredV2,
            accepts: [
              {
                ...entryV2,
                scheme: 'upto',
                network: 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp',
                asset: 'EPjF',
                payTo: '2wKu',
              },
            ],
          }),
        ),
        valid(
          'an amount past 2^128',
          header({
            ...requiredV2,
            accepts: [{ ...entryV2, amount: '340282366920938463463374607431768211456' }],
          }),
          undefined,
          'Amount',
        ),
        valid(
          'extensions',
          header({ ...requiredV2, extensions: { 'payment-identifier': { info: { required: true } } } }),
        ),
        ...envelopes(requiredV2),
        ...mutations(
          entryV2,
          {
            scheme: 'text',
            amount: 'uint256',
            asset: 'text',
            payTo: 'text',
            maxTimeoutSeconds: 'integer',
            extra: 'object?',
          },
          (entry) => header({ ...requiredV2, accepts: [entry] }),
        ),
        ...mutations(resource, { url: 'text', description: 'text?', mimeType: 'text?' }, (value) =>
          header({ ...requiredV2, resource: value }),
        ).filter(({ comment }) => !/^(description|mimeType): text as null/.test(comment)),
        ...['base-sepolia', 'EIP155:1', 'eip155', 'eip155:', ':1', 'eip155:1:2', 'e:1', ''].map((network) =>
          invalid(
            `network ${JSON.stringify(network)}`,
            header({ ...requiredV2, accepts: [{ ...entryV2, network }] }),
            'bad-value',
          ),
        ),
        ...[0, 3, '2', null].map((x402Version) =>
          invalid(
            `version ${JSON.stringify(x402Version)}`,
            header({ ...requiredV2, x402Version }),
            'bad-value',
          ),
        ),
        invalid('no resource', header({ x402Version: 2, accepts: [entryV2] }), 'missing', 'MissingMember'),
        invalid('no accepts', header({ x402Version: 2, resource }), 'missing', 'MissingMember'),
        invalid(
          'one way to pay without its list',
          header({ ...requiredV2, accepts: entryV2 }),
          'wrong-type',
          'WrongType',
        ),
        invalid(
          '65 ways to pay',
          header({ ...requiredV2, accepts: Array(65).fill(entryV2) }),
          'too-large',
          'Limit',
        ),
        invalid('over the limit', { header: 'A'.repeat(65_540) }, 'too-large', 'Limit'),
      ],
    },
    {
      op: 'x402.required.decodeBody',
      comment: 'the body of a v1 402 to what it asks, in the same terms',
      requirements: ['X-WIRE-001'],
      tests: [
        valid('of a server', body(requiredV1), {
          ...shared,
          version: 1,
          error: 'X-PAYMENT header is required',
          accepts: [termsV1],
        }),
        valid('an unknown member', body({ ...requiredV1, x: 1 }), undefined, 'UnknownMember'),
        ...mutations(
          entryV1,
          {
            scheme: 'text',
            network: 'text',
            maxAmountRequired: 'uint256',
            resource: 'text',
            asset: 'text',
            payTo: 'text',
            maxTimeoutSeconds: 'integer',
            extra: 'object?',
          },
          (entry) => body({ ...requiredV1, accepts: [entry] }),
        ),
        invalid(
          'the amount by its name in v2',
          body({
            ...requiredV1,
            accepts: [{ ...entryV1, maxAmountRequired: undefined, amount: '1' } as unknown as JsonObject],
          }),
          'missing',
          'MissingMember',
        ),
        invalid('an empty body', { body: '' }, 'bad-json', 'EmptyValue'),
        invalid('{}', { body: '{}' }, 'bad-value', 'MissingMember'),
        invalid('a page', { body: '<html></html>' }, 'bad-json'),
      ],
    },
  ],
}
