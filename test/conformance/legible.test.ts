/** What the kit reads of challenges, receipts and need-voucher events whose members are of the wrong form. */
import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../conformance/harness/http.ts'
import { Blocked } from '../../conformance/kit/verdict.ts'
import { askIn } from '../../conformance/peers/mpp/payer/ask.ts'
import { findChallenge, readTerms, termsIn } from '../../conformance/peers/mpp/payer/legible.ts'
import { jsonOf, malformed, receiptFrom, receiptOf } from '../../conformance/peers/mpp/payer/receipt.ts'
import * as Base64url from '../../src/codec/base64url.ts'
import { DecodeError } from '../../src/codec/decode-error.ts'
import * as Receipt from '../../src/mpp/wire/receipt.ts'

const address = `0x${'1'.repeat(40)}`
const terms = {
  amount: '1000',
  currency: address,
  recipient: address,
  methodDetails: { escrowContract: address, chainId: 42431, sessionProtocol: 'v2' },
}
const encoded = (value: unknown) => Base64url.encode(JSON.stringify(value))
const withDetails = (more: object) => ({ ...terms, methodDetails: { ...terms.methodDetails, ...more } })

const answer = (status: number, fields: Readonly<Record<string, string>>): Exchange =>
  ({
    status,
    field: (name: string) => fields[name],
    fields: (name: string) => (fields[name] === undefined ? [] : [fields[name]]),
  }) as unknown as Exchange
const offering = (params: string) => answer(402, { 'www-authenticate': `Payment ${params}` })

describe('terms', () => {
  test.each([
    ['a price as number', { ...terms, amount: 1000 }, {}],
    ['a deposit in tokens', { ...terms, suggestedDeposit: '0.04' }, { suggestedDeposit: undefined }],
    ['a deposit as number', { ...terms, suggestedDeposit: 7 }, { suggestedDeposit: 7n }],
    ['null for what may be left out', { ...terms, unitType: null }, { unitType: undefined }],
  ])('%s', (_, request, expected) => {
    expect({ ...termsIn({ request: encoded(request) }) }).toEqual({
      ...termsIn({ request: encoded(terms) }),
      ...expected,
    })
  })

  test.each([
    ['a chain id as text', { chainId: '42431' }, { chainId: 42431 }],
    ['a chain id as hex', { chainId: '0xa5bf' }, { chainId: 42431 }],
    ['a chain id in words', { chainId: 'moderato' }, { chainId: undefined }],
    ['a protocol nobody knows', { sessionProtocol: 'V2' }, { sessionProtocol: undefined }],
    ['half a channel id', { channelId: '0x12' }, { channelId: undefined }],
    ['true as text', { feePayer: 'true' }, { feePayer: true }],
    ['a snapshot without members', { sessionSnapshot: {} }, { sessionSnapshot: undefined }],
  ])('%s', (_, details, expected) => {
    const { methodDetails } = termsIn({ request: encoded(terms) })
    expect(termsIn({ request: encoded(withDetails(details)) }).methodDetails).toEqual({
      ...methodDetails,
      ...expected,
    })
  })

  test.each([
    ['currency', { ...terms, currency: 'usd' }],
    ['recipient', { ...terms, recipient: undefined }],
    ['amount', { ...terms, amount: '1.5' }],
    ['escrowContract', withDetails({ escrowContract: '0x' })],
    ['methodDetails', { ...terms, methodDetails: [] }],
  ])('nothing is opened without %s', (_, request) => {
    expect(() => termsIn({ request: encoded(request) })).toThrow(DecodeError)
  })

  test('however the request is encoded', () => {
    const json = JSON.stringify({ ...terms, unitType: 'ÿÿÿ>>>' })
    for (const request of [`${Base64url.encode(json)}==`, Buffer.from(json).toString('base64')])
      expect(termsIn({ request }).unitType).toBe('ÿÿÿ>>>')
  })
})

describe('challenges', () => {
  const request = encoded(terms)
  test('members of the wrong form are echoed as they came', () => {
    const found = findChallenge(
      offering(`id="x", method="Tempo", intent="session", request="${request}", opaque="!!", expires="soon"`),
      'session',
    )
    expect(found).toEqual({
      id: 'x',
      method: 'Tempo',
      intent: 'session',
      request,
      opaque: '!!',
      expires: 'soon',
    })
  })

  test.each([
    [answer(404, {}), 'the resource answers 404 without a Payment challenge (see challenge.402)'],
    [
      answer(402, { 'www-authenticate': 'Payment id="a' }),
      /^WWW-Authenticate does not parse: .* \(see challenge.well-formed\)$/,
    ],
    [offering('id="", method="tempo", intent="session", request="e30"'), /has no id \(see challenge.id\)/],
    [offering('id="x", method="tempo", intent="session"'), /has no request \(see challenge.request\)/],
    [
      offering('id="x", method="stripe", intent="charge"'),
      /offers stripe\/charge .*\(see preferences.absent\)/,
    ],
    [
      offering('id="x", method="tempo", intent="session", request="e30"'),
      /amount is missing \(see challenge.request-fields\)/,
    ],
  ])('why there are no terms', (from, why) => {
    const read = readTerms(from)
    expect('illegible' in read ? read.illegible : '').toMatch(why)
  })
})

describe('receipts', () => {
  const whole = Receipt.toJson(
    Receipt.from({
      timestamp: '2026-01-06T12:00:00Z',
      challengeId: 'c',
      channelId: `0x${'2'.repeat(64)}`,
      acceptedCumulative: 7n,
      spent: 5n,
    }),
  )
  const carrying = (field: string) => answer(200, { 'payment-receipt': field })
  test.each([
    ['padded', `${encoded(whole)}==`],
    ['not encoded', JSON.stringify(whole)],
    ['in the other alphabet', Buffer.from(JSON.stringify(whole)).toString('base64')],
    ['without intent', encoded({ ...whole, intent: undefined })],
    ['with numbers', encoded({ ...whole, spent: 5, acceptedCumulative: 7 })],
    ['with a transaction that is none', encoded({ ...whole, txHash: '0x12' })],
    ['for a channel named once', encoded({ ...whole, channelId: undefined })],
  ])('%s says where the money stands, and what is wrong with it', (_, field) => {
    expect(receiptFrom(carrying(field))).toMatchObject({ acceptedCumulative: 7n, spent: 5n })
    expect(malformed(carrying(field))).toBeTypeOf('string')
  })

  test.each([
    ['spent', { spent: undefined }, 'spent is missing'],
    ['acceptedCumulative', { acceptedCumulative: 'x' }, 'acceptedCumulative: expected decimal digits'],
  ])('one without %s keeps what needs it from being judged, with the cause', (_, change, cause) => {
    const field = carrying(encoded({ ...whole, ...change }))
    expect(receiptOf(field)).toBeUndefined()
    const reading = () => receiptFrom(field)
    expect(reading).toThrow(Blocked)
    expect(reading).toThrow(`the receipt cannot be read: ${cause} (see open.receipt-form)`)
  })

  test('none is none', () => {
    expect(receiptFrom(answer(200, {}))).toBeUndefined()
    expect(jsonOf('%')).toBeUndefined()
  })
})

test('each figure of a need-voucher event is read alone', () => {
  const channelId = `0x${'a'.repeat(64)}`
  expect(askIn(JSON.stringify({ channelId: channelId.toUpperCase().replace('X', 'x'), deposit: 7 }))).toEqual(
    {
      acceptedCumulative: undefined,
      channelId,
      deposit: 7n,
      requiredCumulative: undefined,
    },
  )
  for (const data of ['please', '[]', '7'])
    expect(Object.values(askIn(data)).filter((figure) => figure !== undefined)).toEqual([])
})
