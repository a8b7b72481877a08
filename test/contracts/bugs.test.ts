/** The judges bite: each seeded bug is caught by the one it names, judging alone; and no invariant is without a bug. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escrowBugs } from '../../conformance/fuzz/contract/escrow-bugs.ts'
import { invariants } from '../../conformance/fuzz/contract/invariants.ts'
import { Model, Violation } from '../../conformance/fuzz/contract/model.ts'
import { reserveBugs } from '../../conformance/fuzz/contract/reserve-bugs.ts'
import { nothingYet, onFresh } from './actions.ts'

const bugs = [...reserveBugs, ...escrowBugs]

describe('seeded bugs', () => {
  test.each(bugs)('$name: $caughtBy', ({ contract, caughtBy }) => {
    const seen = nothingYet()
    const found = fc.check(
      onFresh(() => new Model(contract(), [caughtBy]), seen),
      { numRuns: 5_000, endOnFailure: true, seed: 5 },
    )
    expect(found.errorInstance).toBeInstanceOf(Violation)
    expect((found.errorInstance as Violation).judges).toEqual([caughtBy])
  })
  test('every invariant has caught one', () => {
    const caught = new Set<string>(bugs.map(({ caughtBy }) => caughtBy))
    expect(Object.keys(invariants).filter((name) => !caught.has(name))).toEqual([])
  })
})
