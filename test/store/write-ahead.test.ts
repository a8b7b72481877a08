/** What is decided on a record whose write fails is refused with it; nothing that rests on it reaches the disk. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StoreUnavailable } from '../../src/store/table.ts'
import { WriteAhead } from '../../src/store/write-ahead.ts'

/** A disk whose writes end when they are told to. */
function slowDisk() {
  const kept = new Map<string, string>()
  const under: { key: string; over: string | undefined; end(ok: boolean): void }[] = []
  const records = new WriteAhead<string, string>({
    read: (key) => kept.get(key),
    write: (key, record, before) =>
      new Promise<void>((resolve, reject) => {
        const end = (ok: boolean) => {
          if (!ok) return reject(new Error('ENOSPC'))
          if (record === undefined) kept.delete(key)
          else kept.set(key, record)
          resolve()
        }
        under.push({ key, over: before, end })
      }),
  })
  const add = (letter: string, key = 'a') =>
    records.update(key, (text = '') => ({ record: text + letter, answer: text + letter }))
  /** Ends the oldest write, and lets what waits for it go on. */
  const end = async (ok: boolean) => {
    under.shift()?.end(ok)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { kept, under, records, add, end }
}

test('what is decided on a change that cannot be written is refused, though the disk has room again', async () => {
  const { kept, under, records, add, end } = slowDisk()
  const first = add('1')
  const second = add('2')
  const read = records.update('a', (text) => ({ record: text, answer: text }))
  const refusals = Promise.allSettled([first, second, read])
  await end(false)
  for (const outcome of await refusals)
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) })
  expect([under.length, kept.get('a'), await records.get('a')]).toEqual([0, undefined, undefined])
  const third = add('3')
  await end(true)
  expect(await third).toEqual({ answer: '3', changed: true })
  expect(kept.get('a')).toBe('3')
})

test('changes that wait share one write, over what the disk has then', async () => {
  const { kept, under, add, end } = slowDisk()
  const all = ['1', '2', '3', '4'].map((letter) => add(letter))
  expect(under.length).toBe(1)
  await end(true)
  expect(under.map(({ over }) => over)).toEqual(['1'])
  await end(true)
  expect((await Promise.all(all)).map(({ answer }) => answer)).toEqual(['1', '12', '123', '1234'])
  expect([kept.get('a'), under.length]).toEqual(['1234', 0])
})

test('one record that cannot be written holds up no other', async () => {
  const { under, add, end } = slowDisk()
  const stuck = add('1', 'a')
  const other = add('1', 'b')
  expect(under.map(({ key }) => key)).toEqual(['a', 'b'])
  await Promise.all([expect(stuck).rejects.toThrow(StoreUnavailable), end(false)])
  await end(true)
  expect(await other).toMatchObject({ answer: '1' })
})

test('whenever writes fail, a record is what was answered for and nothing else', async () => {
  const step = fc.oneof(
    fc.record({ act: fc.constant('add' as const), key: fc.constantFrom('a', 'b') }),
    fc.record({ act: fc.constant('end' as const), ok: fc.boolean() }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { kept, under, records, add, end } = slowDisk()
      const answered: { key: string; letter: string; answer: Promise<string | undefined> }[] = []
      for (const each of steps) {
        if (each.act === 'end') await end(each.ok)
        else {
          const letter = String.fromCodePoint(0x100 + answered.length)
          const answer = add(letter, each.key).then(
            (done) => done.answer,
            () => undefined,
          )
          answered.push({ key: each.key, letter, answer })
        }
      }
      while (under.length > 0) await end(true)
      await records.written()
      for (const key of ['a', 'b']) {
        const mine = answered.filter((each) => each.key === key)
        const taken: string[] = []
        for (const { letter, answer } of mine) {
          if ((await answer) === undefined) continue
          taken.push(letter)
          expect(await answer).toBe(taken.join(''))
        }
        expect(kept.get(key) ?? '').toBe(taken.join(''))
      }
    }),
  )
})

/** A disk on which longer text stands for shorter text that it begins with. */
function coveringDisk() {
  const writes: (string | undefined)[] = []
  let full = false
  const records = new WriteAhead<string, string>({
    read: () => writes.at(-1),
    async write(_, record) {
      await new Promise((resolve) => setImmediate(resolve))
      if (full) throw new Error('ENOSPC')
      writes.push(record)
    },
    covers: (cover, record) => cover.startsWith(record),
  })
  const to = (record: string, cover?: string) =>
    records.update('a', () => ({ record, answer: record, ...(cover === undefined ? {} : { cover }) }))
  return {
    writes,
    records,
    to,
    fill: (is: boolean) => {
      full = is
    },
  }
}

test('a change that the disk stands for is not written, and counts as it was decided', async () => {
  const { writes, records, to } = coveringDisk()
  await to('x', 'xxx')
  await to('xx', 'xxxx')
  await to('xxx', 'xxxxx')
  expect([writes, await records.get('a')]).toEqual([['xxx'], 'xxx'])
  await to('xxxx', 'xxxxxx')
  expect([writes, await records.get('a')]).toEqual([['xxx', 'xxxxxx'], 'xxxx'])
  // Without a cover of its own a change is written, though the disk stands for it.
  await to('xxxxx')
  expect(writes.at(-1)).toBe('xxxxx')
})

test('what is covered is written as it is at the end', async () => {
  const { writes, records, to } = coveringDisk()
  await to('x', 'xxx')
  await records.written()
  expect([writes, await records.get('a')]).toEqual([['xxx', 'x'], 'x'])
})

test('a write that fails leaves what was decided before it, covered or not', async () => {
  const { writes, records, to, fill } = coveringDisk()
  await to('x', 'xxx')
  await to('xx', 'xxxx')
  fill(true)
  const refused = [to('xy'), to('xyz', 'xyzzz'), to('xyz', 'xyzzz')]
  for (const each of await Promise.allSettled(refused)) expect(each.status).toBe('rejected')
  expect([writes, await records.get('a')]).toEqual([['xxx'], 'xx'])
  fill(false)
  await to('xxx', 'xxxx')
  expect([writes, await records.get('a')]).toEqual([['xxx'], 'xxx'])
})

test('however many records are changed, none that is on its way to disk is let go', async () => {
  const { kept, under, records, add, end } = slowDisk()
  const many = Array.from({ length: 20_000 }, (_, n) => `key ${n}`)
  const first = many.slice(0, 100).map((key) => add('1', key))
  const slow = under.splice(0)
  for (const key of many.slice(100)) {
    const added = add('1', key)
    under.shift()?.end(true)
    await added
  }
  // Changed again while their first write is under way: they build on what was decided.
  const second = many.slice(0, 100).map((key) => add('2', key))
  for (const write of slow) write.end(true)
  await Promise.all(first)
  while (under.length > 0) await end(true)
  expect(new Set((await Promise.all(second)).map(({ answer }) => answer))).toEqual(new Set(['12']))
  expect([kept.get('key 0'), kept.get('key 19999'), await records.get('key 150')]).toEqual(['12', '1', '1'])
})
