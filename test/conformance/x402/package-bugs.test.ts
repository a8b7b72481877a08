/** The map of what was measured of packages of x402 names checks that exist, that are proved, and that baselines list. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { loadTarget, targetNames } from '../../../conformance/harness/target.ts'
import { loadBaseline } from '../../../conformance/kit/baseline.ts'
import { checksOf, outside } from '../../../conformance/kit/suite.ts'
import { suites } from '../../../conformance/suites/index.ts'

const entry = z.strictObject({
  bug: z.string(),
  checks: z.array(z.string()).min(1).optional(),
  /** Why no baseline lists it. */
  unlisted: z.string().optional(),
  /** Why no check shows it. */
  unseen: z.string().optional(),
})
const bugs = z.array(entry).parse(parse(readFileSync('spec/package-bugs.yaml', 'utf8')))

const ours = suites.filter(({ profile }) => profile === 'x402')
const known = new Set(ours.flatMap((suite) => checksOf(suite).map((check) => outside(suite, check))))
const listed = new Set(
  targetNames()
    .map(loadTarget)
    .filter(({ profile, baseline }) => profile === 'x402' && baseline !== undefined)
    .flatMap(({ folder, baseline }) => loadBaseline(`${folder}/${baseline}`))
    .map(({ check }) => check),
)
const named = bugs.flatMap(({ checks = [] }) => checks)

describe('what was measured of packages of x402', () => {
  test('is shown by checks, or says why by none', () => {
    const wrong = bugs.filter(({ checks, unseen }) => (checks !== undefined) === (unseen !== undefined))
    expect(wrong.map(({ bug }) => bug)).toEqual([])
  })
  test('names each check once, and those that exist', () => {
    expect(named.filter((check) => !known.has(check))).toEqual([])
    expect(named.filter((check, i) => named.indexOf(check) !== i)).toEqual([])
  })
  test('each check is proved by a fault', async () => {
    const caught = new Set<string>()
    for (const suite of ours)
      for (const { caughtBy } of await suite.faults())
        for (const check of caughtBy) caught.add(outside(suite, check))
    expect(named.filter((check) => !caught.has(check))).toEqual([])
  })
  test('each check is listed in the baseline of a real package, unless it says why not', () => {
    const bare = bugs.flatMap(({ checks = [], unlisted }) =>
      checks.filter((check) => listed.has(check) === (unlisted !== undefined)),
    )
    expect(bare).toEqual([])
  })
  test('whatever a baseline lists is in the map', () => {
    expect([...listed].filter((check) => !named.includes(check))).toEqual([])
  })
})
