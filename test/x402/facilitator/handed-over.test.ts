/** What is remembered of settled payments is bounded; what is on its way is never forgotten. */
import { expect, test } from 'vitest'
import type { Bytes32 } from '../../../src/codec/hex.ts'
import { type Handed, handedOver, maxSettled } from '../../../src/x402/facilitator/handed-over.ts'

const handed = (name: string): Handed => ({
  name,
  content: `content of ${name}`,
  key: `key of ${name}`,
  labels: [['key', `key ${name}`]],
  transaction: `0x${'ab'.repeat(32)}` as Bytes32,
  isSettled: false,
  isTold: false,
})

test('the oldest settled one goes first, with its labels', () => {
  const book = handedOver()
  const pending = handed('pending')
  book.keep(pending)
  const all = Array.from({ length: maxSettled + 1 }, (_, i) => handed(`payment ${i}`))
  for (const each of all) {
    book.keep(each)
    expect(book.tell(each, each)).toBe(true)
  }
  expect(['pending', 'payment 0', 'payment 1'].map((name) => book.find(name) !== undefined)).toEqual([
    true,
    false,
    true,
  ])
  const other = (each: Handed | undefined) => ({ ...handed('other'), labels: each?.labels ?? [] })
  expect([all[0], all[1], pending].map((each) => book.conflict(other(each)))).toEqual([
    undefined,
    'key',
    'key',
  ])
})

test('what was not settled leaves nothing behind', () => {
  const book = handedOver()
  const first = handed('first')
  book.keep(first)
  book.drop(first)
  book.drop(first)
  expect(book.find('first')).toBe(undefined)
  expect(book.conflict({ ...handed('second'), labels: first.labels })).toBe(undefined)
})
