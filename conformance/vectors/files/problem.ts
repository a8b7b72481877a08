/** Problem Details. */
import { type Definition, invalid, valid } from '../vector.ts'

const base = 'https://paymentauth.org/problems/'
const statuses: Record<string, [string, number]> = {
  'payment-required': ['Payment Required', 402],
  'payment-insufficient': ['Payment Insufficient', 402],
  'payment-expired': ['Payment Expired', 402],
  'payment-action-required': ['Payment Action Required', 402],
  'verification-failed': ['Verification Failed', 402],
  'malformed-credential': ['Malformed Credential', 402],
  'invalid-payload': ['Invalid Payload', 402],
  'invalid-challenge': ['Invalid Challenge', 402],
  'method-unsupported': ['Method Unsupported', 400],
  'bad-request': ['Bad Request', 400],
  'internal-payment-error': ['Internal Payment Error', 500],
  'session/invalid-signature': ['Invalid Signature', 402],
  'session/signer-mismatch': ['Signer Mismatch', 402],
  'session/amount-exceeds-deposit': ['Amount Exceeds Deposit', 402],
  'session/delta-too-small': ['Delta Too Small', 402],
  'session/channel-not-found': ['Channel Not Found', 410],
  'session/channel-finalized': ['Channel Finalized', 410],
  'session/challenge-not-found': ['Challenge Not Found', 402],
  'session/insufficient-balance': ['Insufficient Balance', 402],
}
const body = {
  type: `${base}payment-required`,
  title: 'Payment Required',
  status: 402,
  detail: 'pay',
  challengeId: 'abc',
}
const of = (value: unknown) => ({ text: JSON.stringify(value) })

export const problem: Definition = {
  file: 'problem',
  title: 'Problem Details (RFC 9457)',
  groups: [
    {
      op: 'problem.status',
      comment: 'title and status of every problem type',
      requirements: [],
      tests: [
        ...Object.entries(statuses).map(([slug, [title, status]]) =>
          valid(slug, { slug }, { title, status }),
        ),
        ...['unknown', '', 'session', 'Payment-Required', 'constructor', '__proto__'].map((slug) =>
          invalid(`no type ${JSON.stringify(slug)}`, { slug }, 'missing', 'Prototype'),
        ),
      ],
    },
    {
      op: 'problem.decode',
      comment: 'a body; a known member of another type counts as absent (RFC 9457, section 3.1)',
      requirements: [],
      tests: [
        valid('every member', of(body), { problem: body, slug: 'payment-required' }),
        valid(
          'a session type',
          of({ ...body, type: `${base}session/insufficient-balance`, requiredTopUp: '500' }),
          {
            problem: { ...body, type: `${base}session/insufficient-balance`, requiredTopUp: '500' },
            slug: 'session/insufficient-balance',
          },
        ),
        valid('the type alone', of({ type: body.type }), {
          problem: { type: body.type },
          slug: 'payment-required',
        }),
        valid('no type', of({ detail: 'x' }), { problem: { type: 'about:blank', detail: 'x' }, slug: null }),
        valid('nothing', of({}), { problem: { type: 'about:blank' }, slug: null }, 'EmptyValue'),
        valid('a type elsewhere', of({ type: 'https://example.com/problems/payment-required' }), {
          problem: { type: 'https://example.com/problems/payment-required' },
          slug: null,
        }),
        valid(
          'an unknown type',
          of({ type: `${base}new` }),
          { problem: { type: `${base}new` }, slug: null },
          'UnknownMember',
        ),
        valid(
          'a type named after a prototype member',
          of({ type: `${base}constructor` }),
          { problem: { type: `${base}constructor` }, slug: null },
          'Prototype',
        ),
        valid(
          'the type in upper case',
          of({ type: body.type.toUpperCase() }),
          { problem: { type: body.type.toUpperCase() }, slug: null },
          'LetterCase',
        ),
        valid(
          'an extension',
          of({ ...body, foo: [1] }),
          { problem: { ...body, foo: [1] }, slug: 'payment-required' },
          'UnknownMember',
        ),
        valid(
          'status as text counts as absent',
          of({ type: body.type, status: '402' }),
          { problem: { type: body.type }, slug: 'payment-required' },
          'WrongType',
        ),
        valid(
          'status 99 counts as absent',
          of({ type: body.type, status: 99 }),
          { problem: { type: body.type }, slug: 'payment-required' },
          'WrongType',
        ),
        valid(
          'title as a number counts as absent',
          of({ type: body.type, title: 1 }),
          { problem: { type: body.type }, slug: 'payment-required' },
          'WrongType',
        ),
        valid(
          'type as a number counts as absent',
          of({ type: 1 }),
          { problem: { type: 'about:blank' }, slug: null },
          'WrongType',
        ),
        valid(
          'requiredTopUp as a number counts as absent',
          of({ type: body.type, requiredTopUp: 500 }),
          { problem: { type: body.type }, slug: 'payment-required' },
          'Amount',
        ),
        invalid('no body', { text: '' }, 'bad-json', 'EmptyValue'),
        invalid('HTML', { text: '<html>402</html>' }, 'bad-json'),
        invalid('an array', of([body]), 'wrong-type', 'WrongType'),
        invalid('text', of('payment-required'), 'wrong-type', 'WrongType'),
        invalid('null', of(null), 'wrong-type', 'WrongType'),
        invalid('type twice', { text: '{"type":"a","type":"b"}' }, 'duplicate-key', 'DuplicateKey'),
        invalid('a lone surrogate', { text: '{"detail":"\\ud800"}' }, 'lone-surrogate', 'Unicode'),
        invalid('over the limit', { text: `"${'x'.repeat(65_535)}"` }, 'too-large', 'Limit'),
      ],
    },
    {
      op: 'problem.encode',
      comment: 'the body of a refusal',
      requirements: [],
      tests: Object.entries(statuses).map(([slug, [title, status]], i) =>
        valid(
          slug,
          { slug, detail: 'why', ...(i % 2 === 0 ? { challengeId: 'abc' } : {}) },
          { type: base + slug, title, status, detail: 'why', ...(i % 2 === 0 ? { challengeId: 'abc' } : {}) },
        ),
      ),
    },
  ],
}
