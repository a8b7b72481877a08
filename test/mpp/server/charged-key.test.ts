/** Keys that were charged on a channel: each belongs to one request, and none is taken for another that begins as it does. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxAgain, wasCharged, withCharged } from '../../../src/mpp/server/charged-key.ts'

test('a key is found as its whole name, with its request and how often it was answered again', () => {
  const name = fc.constantFrom('a', 'ab', 'abc', 'b', 'sha-256=:a=:')
  const use = fc.record({ name, request: fc.constantFrom('x', 'xy') })
  fc.assert(
    fc.property(fc.array(use, { maxLength: 40 }), use, (uses, asked) => {
      const books = new Map<string, { request: string; again: number }>()
      let keys: readonly string[] = []
      for (const { name, request } of uses) {
        const before = books.get(name)
        books.set(name, { request, again: before === undefined ? 0 : before.again + 1 })
        keys = withCharged(keys, { name, request })
      }
      expect(keys).toHaveLength(books.size)
      const known = books.get(asked.name)
      const found = wasCharged(keys, asked)
      if (known === undefined) expect(found).toBe(false)
      else if (known.request !== asked.request) expect(found).toMatchObject({ problem: 'bad-request' })
      else if (known.again >= maxAgain) expect(found).toMatchObject({ problem: 'bad-request' })
      else expect(found).toBe(true)
    }),
  )
})
