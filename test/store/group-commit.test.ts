/** Writes of one turn share one transaction; those that come while it is synced share the next. */
import { expect, test } from 'vitest'
import { GroupCommit } from '../../src/store/group-commit.ts'

/** Transactions that end when they are told to. */
function slowly() {
  const begun: { writes: string[]; end(ok: boolean): void }[] = []
  let writes: string[] = []
  let wake: () => void = () => undefined
  const group = new GroupCommit((run) => {
    writes = []
    run()
    return new Promise<void>((resolve, reject) => {
      begun.push({ writes, end: (ok) => (ok ? resolve() : reject(new Error('ENOSPC'))) })
      wake()
    })
  })
  return {
    begun,
    add: (name: string) => group.add(() => void writes.push(name)),
    /** Resolves when so many transactions have begun. */
    async until(count: number): Promise<void> {
      while (begun.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    },
  }
}

test('one transaction for a turn, and one for all that came while it was synced', async () => {
  const { begun, add, until } = slowly()
  const first = [add('a'), add('b')]
  await until(1)
  const second = [add('c')]
  // Whoever waited for the first transaction goes on with the second.
  const third = first.map(async (each) => {
    await each
    await add('d')
  })
  begun[0]?.end(true)
  await Promise.all(first)
  await until(2)
  expect(begun.map(({ writes }) => writes)).toEqual([
    ['a', 'b'],
    ['c', 'd', 'd'],
  ])
  begun[1]?.end(true)
  await Promise.all([...second, ...third])
})

test('a transaction that fails refuses its own writes, and the next one is made', async () => {
  const { begun, add, until } = slowly()
  const lost = [add('a'), add('b')].map((each) => expect(each).rejects.toThrow('ENOSPC'))
  await until(1)
  const kept = add('c')
  begun[0]?.end(false)
  await Promise.all(lost)
  await until(2)
  begun[1]?.end(true)
  await kept
})

test('those who waited go on a few at a time: what the first decide is synced while the others are at work', async () => {
  const { begun, add, until } = slowly()
  const first = Array.from({ length: 40 }, (_, i) => add(`a${i}`))
  await until(1)
  const second = first.map(async (each, i) => {
    await each
    await add(`b${i}`)
  })
  begun[0]?.end(true)
  await until(2)
  expect(begun[1]?.writes).toHaveLength(32)
  begun[1]?.end(true)
  await until(3)
  expect(begun[2]?.writes).toEqual(Array.from({ length: 8 }, (_, i) => `b${32 + i}`))
  begun[2]?.end(true)
  await Promise.all(second)
})
