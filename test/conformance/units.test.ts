/**
 * A server may send its units in any lawful way: nothing fails and nothing is blocked for it, and what the kit learnt is
 * told. FOREIGN=each judges the whole suite so.
 */
import { expect, test } from 'vitest'
import { type Variant, variants } from '../../conformance/faults/delivery.ts'
import { judged } from '../support/negative.ts'

const only =
  process.env['FOREIGN'] === undefined
    ? 'stream,streaming,advisory,close,hostile,delta,pending-close,replay,crash'
    : undefined

test.each(Object.entries(variants))('%s: nothing fails', async (_, variant: Variant) => {
  const { said, passed, red } = await judged({ variant, only })
  expect(red).toEqual([])
  expect(said).toBe(variant.said)
  expect(passed).toBeGreaterThan(80)
})
