/** What is left of the processor, worked out from looks at a machine that the test makes up. */
import { expect, test } from 'vitest'
import { type Look, look, ProcessorShare, processorPart } from '../../conformance/harness/processor.ts'

/** The part that is left after so many equal looks, each of so much that ran and waited. */
function after(looks: number, { others, ranMs, waitedMs }: Look, share = new ProcessorShare(2)) {
  for (let i = 0; i <= looks; i++) share.add({ others, ranMs: i * ranMs, waitedMs: i * waitedMs })
  return share.part
}

test('a machine that nobody else uses leaves all of it', () => {
  expect(new ProcessorShare(2).part).toBe(1)
  expect(after(50, { others: 0, ranMs: 0, waitedMs: 0 })).toBe(1)
  expect(after(50, { others: 1, ranMs: 200, waitedMs: 0 })).toBe(1)
})

test.each([
  // Who waits in line as long as it runs gets half.
  { others: 1, ranMs: 100, waitedMs: 100, part: 0.5 },
  // Four others and this one want two cores.
  { others: 4, ranMs: 0, waitedMs: 0, part: 0.4 },
  // What a share of a bigger machine gets shows in the line alone.
  { others: 0, ranMs: 50, waitedMs: 150, part: 0.25 },
  { others: 1_000, ranMs: 0, waitedMs: 200, part: 0.25 },
])('$others others, $ranMs ms run, $waitedMs ms waited: $part is left', ({ part, ...look }) => {
  expect(after(100, look)).toBeCloseTo(part, 1)
})

test('what was long ago counts no more', () => {
  const share = new ProcessorShare(2)
  expect(after(50, { others: 19, ranMs: 20, waitedMs: 180 }, share)).toBeCloseTo(0.25)
  for (let i = 0; i < 100; i++) share.add({ others: 0, ranMs: 1_000, waitedMs: 9_000 })
  expect(share.part).toBeGreaterThan(0.95)
})

test('of this machine it is a part, or nothing is known', () => {
  const seen = look()
  if (process.platform === 'linux')
    expect(Object.values(seen ?? {})).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)])
  expect(processorPart()).toBeGreaterThan(0)
  expect(processorPart()).toBeLessThanOrEqual(1)
})
