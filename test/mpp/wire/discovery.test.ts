/** The discovery document: which operations are paid for, and what their answers promise. */
import { describe, expect, test } from 'vitest'
import type * as Json from '../../../src/codec/json.ts'
import * as Discovery from '../../../src/mpp/wire/discovery.ts'
import { refusal } from '../../support/codes.ts'

const offer: Discovery.Offer = { intent: 'charge', method: 'tempo', amount: '100' }
const document = {
  openapi: '3.1.0',
  info: { title: 'Poems', version: '1' },
  paths: { '/poem': { get: { 'x-payment-info': offer, responses: { 402: {} } } } },
}
const decode = (change: object) => Discovery.decode(JSON.stringify({ ...document, ...change }))

describe('a document', () => {
  const found = { path: '/poem', verb: 'get', offers: [offer], declares402: true }
  test('says what is paid for', () => {
    expect(decode({})).toStrictEqual({ title: 'Poems', version: '1', operations: [found] })
  })
  test.each(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])(
    '%s may be paid',
    (verb) => {
      const operation = { 'x-payment-info': { offers: [offer, { ...offer, intent: 'session' }] } }
      expect(decode({ paths: { '/a': { [verb]: operation, summary: 'text' } } }).operations).toEqual([
        { path: '/a', verb, offers: [offer, { ...offer, intent: 'session' }], declares402: false },
      ])
    },
  )
  test('what is no operation, or asks for nothing, is not listed', () => {
    expect(
      decode({ paths: { '/a': { get: {}, post: 1, query: { 'x-payment-info': offer } } } }).operations,
    ).toEqual([])
  })
  test('says who serves', () => {
    const service = {
      categories: ['poetry'],
      docs: { apiReference: 'https://a/b', homepage: 'a:', llms: 'x+1.-:y' },
    }
    expect(decode({ 'x-service-info': service }).service).toEqual(service)
    expect(decode({ 'x-service-info': {} }).service).toEqual({})
  })
  const info = (member: object) => ({ paths: { '/a': { get: { 'x-payment-info': member } } } })
  const at = 'paths./a.get.x-payment-info'
  test.each<[string, object, object]>([
    ['no path', { paths: {} }, { code: 'empty', path: 'paths' }],
    ['a path that is no object', { paths: { '/a': 1 } }, { code: 'wrong-type', path: 'paths./a' }],
    ['OpenAPI 2', { openapi: '2.0' }, { code: 'bad-value', path: 'openapi' }],
    ['OpenAPI 13', { openapi: '13.0' }, { code: 'bad-value', path: 'openapi' }],
    ['OpenAPI 3 of no minor version', { openapi: '3.x' }, { code: 'bad-value', path: 'openapi' }],
    ['no title', { info: { title: '', version: '1' } }, { code: 'empty', path: 'info.title' }],
    ['no version', { info: { title: 'x', version: '' } }, { code: 'empty', path: 'info.version' }],
    [
      'categories that are text',
      { 'x-service-info': { categories: 'a' } },
      { path: 'x-service-info.categories' },
    ],
    [
      'a category that is a number',
      { 'x-service-info': { categories: [1] } },
      { path: 'x-service-info.categories.0' },
    ],
    ['docs that are text', { 'x-service-info': { docs: 'a' } }, { path: 'x-service-info.docs' }],
    [
      'a relative page',
      { 'x-service-info': { docs: { homepage: '/a' } } },
      { path: 'x-service-info.docs.homepage' },
    ],
    [
      'a page with a space',
      { 'x-service-info': { docs: { llms: 'a:b c' } } },
      { path: 'x-service-info.docs.llms' },
    ],
    [
      'a scheme that is a number',
      { 'x-service-info': { docs: { apiReference: '1:b' } } },
      { path: 'x-service-info.docs.apiReference' },
    ],
    [
      'a scheme with a space',
      { 'x-service-info': { docs: { homepage: ' a:b' } } },
      { path: 'x-service-info.docs.homepage' },
    ],
    [
      'a scheme with a slash',
      { 'x-service-info': { docs: { homepage: 'a/b:c' } } },
      { path: 'x-service-info.docs.homepage' },
    ],
    ['an offer that is a number', info(1 as unknown as object), { code: 'wrong-type', path: at }],
    ['another intent', info({ ...offer, intent: 'rent' }), { code: 'bad-value', path: `${at}.intent` }],
    ['no method', info({ ...offer, method: '' }), { code: 'empty', path: `${at}.method` }],
    ['no amount', info({ ...offer, amount: undefined }), { path: `${at}.amount` }],
    ['an amount with leading zeros', info({ ...offer, amount: '01' }), { path: `${at}.amount` }],
    ['an amount with a fraction', info({ ...offer, amount: '1.5' }), { path: `${at}.amount` }],
    ['a negative amount', info({ ...offer, amount: '-1' }), { path: `${at}.amount` }],
    ['an empty amount', info({ ...offer, amount: '' }), { path: `${at}.amount` }],
    ['a currency that is a number', info({ ...offer, currency: 1 }), { path: `${at}.currency` }],
    ['a description that is a number', info({ ...offer, description: 1 }), { path: `${at}.description` }],
    ['no offers', info({ offers: [] }), { code: 'empty', path: `${at}.offers` }],
    [
      'an offer beside the list',
      info({ offers: [offer], currency: 'x' }),
      { code: 'bad-value', path: `${at}.currency` },
    ],
    [
      'a bad offer in the list',
      info({ offers: [offer, { ...offer, method: 1 }] }),
      { path: `${at}.offers.1.method` },
    ],
  ])('with %s is refused', (_, change, expected) => {
    expect(refusal(() => decode(change))).toMatchObject(expected)
  })
  test('is refused for its length before it is read', () => {
    const text = 'x'.repeat(Discovery.maxDocumentChars + 1)
    expect(() => Discovery.decode(text)).toThrow(/^document is over/)
  })
  test('amounts from nothing to unknown', () => {
    for (const amount of ['0', '10', '9'.repeat(78), null])
      expect(Discovery.offersOf({ ...offer, amount })).toEqual([{ ...offer, amount }])
  })
})

test('offers are written as a list, and not when there are none or one is wrong', () => {
  expect(Discovery.encodeOffers([offer])).toEqual({ offers: [offer] })
  expect(refusal(() => Discovery.encodeOffers([]))?.code).toBe('empty')
  expect(refusal(() => Discovery.encodeOffers([{ ...offer, amount: '01' }]))?.path).toBe('0.amount')
})

describe('the members an answer is sure to have', () => {
  const schema = (...required: unknown[]) => ({ type: 'object', required })
  const answer = (type: string, value: unknown) => ({ content: { [type]: { schema: value } } })
  const promised = (responses: unknown) => Discovery.promisedMembers({ responses } as Json.JsonObject)
  const json = 'application/json'
  const some = schema('b', 'a')

  test.each([
    json,
    'application/problem+json',
    'application/vnd.x-1.a+b+json',
    'Application/JSON; charset=utf-8',
    'application/json \t;a;b',
    'application/json;',
  ])('%s counts as JSON', (type) => {
    expect(promised({ 200: answer(type, some) })).toEqual(['a', 'b'])
  })
  test.each([
    'text/json',
    'x-application/json',
    'application/jsonl',
    'application/json x',
    'application/json x;y',
    'application/+json',
    'application/a/b+json',
    'application/json;\n',
  ])('%s does not', (type) => {
    expect(promised({ 200: answer(type, some) })).toEqual([])
  })
  test.each(['200', '201', '299', '2XX'])('%s is a success', (status) => {
    expect(promised({ [status]: answer(json, some), 402: {}, default: {} })).toEqual(['a', 'b'])
  })
  test.each(['100', '402', '1200', '2000', '20', '2xx', '2XXX', '12XX', 'default'])(
    '%s is none',
    (status) => {
      expect(promised({ [status]: answer(json, some) })).toEqual([])
      expect(promised({ [status]: {}, 200: answer(json, some) })).toEqual(['a', 'b'])
    },
  )
  test('are those that every success promises', () => {
    const other = answer(json, schema('c', 'b'))
    expect(promised({ 200: answer(json, some), 201: other })).toEqual(['b'])
    expect(promised({ 200: { content: { ...answer(json, some).content, 'a/b': {} } } })).toEqual([])
  })
  test.each<[string, unknown]>([
    ['no content', {}],
    ['content that is none', { content: 1 }],
    ['empty content', { content: {} }],
    ['an answer that is none', 'text'],
    ['no answer', null],
    ['a representation that is none', { content: { [json]: null } }],
    ['no schema', { content: { [json]: {} } }],
    ['a schema that is referred to', answer(json, { $ref: '#/a' })],
    ['a schema of a list', answer(json, { type: 'array', required: ['a'] })],
    ['a schema of no type', answer(json, { required: ['a'] })],
    ['required that is text', answer(json, { type: 'object', required: 'ab' })],
    ['required of numbers', answer(json, schema(1, null))],
  ])('%s promises nothing, and then so does the operation', (_, response) => {
    expect(promised({ 200: response })).toEqual([])
    expect(promised({ 200: response, 201: answer(json, some) })).toEqual([])
    expect(promised({ 200: answer(json, some), 201: response })).toEqual([])
  })
  test('names that are text, sorted', () => {
    expect(promised({ 200: answer(json, schema('b', 1, 'a', null)) })).toEqual(['a', 'b'])
  })
  test('without answers: none', () => {
    expect(promised(undefined)).toEqual([])
    expect(promised([])).toEqual([])
    expect(promised({})).toEqual([])
  })
})
