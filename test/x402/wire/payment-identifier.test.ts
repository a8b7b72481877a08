/** Payment identifiers: stated by the server, added by the client, refused when they cannot be one. */
import { expect, test } from 'vitest'
import * as PaymentIdentifier from '../../../src/x402/wire/payment-identifier.ts'
import { code } from '../../support/codes.ts'

const { advertise, idOf, isAdvertised, isRequired, withId } = PaymentIdentifier
const id = 'pay_0123456789abcdef'

test('a server states it, a client adds an id to what was stated', () => {
  const stated = { other: { info: {} }, ...advertise(true) }
  expect([isAdvertised(stated), isRequired(stated), isRequired(advertise())]).toEqual([true, true, false])
  const sent = withId(stated, id)
  expect(sent).toMatchObject({ other: { info: {} }, 'payment-identifier': { info: { required: true, id } } })
  expect(idOf(sent)).toBe(id)
})
test('no extension, no id', () => {
  for (const extensions of [
    {},
    advertise(),
    { 'payment-identifier': null },
    { 'payment-identifier': { info: [] } },
  ])
    expect(idOf(extensions as never)).toBeUndefined()
  expect(isAdvertised(JSON.parse('{"__proto__":{}}'))).toBe(false)
})
test.each([
  ['a'.repeat(15), 'bad-value'],
  ['a'.repeat(16), undefined],
  ['a'.repeat(128), undefined],
  ['a'.repeat(129), 'too-large'],
  [`${'a'.repeat(16)}\n`, 'bad-value'],
  [`${'a'.repeat(16)}/`, 'bad-value'],
  [7, 'wrong-type'],
  [null, 'wrong-type'],
])('%j: %s', (value, expected) => {
  expect(code(() => idOf({ 'payment-identifier': { info: { id: value } } }))).toBe(expected)
})
