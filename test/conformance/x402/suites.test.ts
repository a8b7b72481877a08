/**
 * The suites of x402: the references pass everything in both versions, and lawful peers stay green. Faults are judged by
 * `selftest --profile x402`, which .ci/run runs; each control alone by `selftest --controls`.
 */
import { describe, expect, test } from 'vitest'
import { wronglyRed } from '../../../conformance/kit/control.ts'
import { judge } from '../../../conformance/kit/judge.ts'
import { nameOf } from '../../../conformance/kit/suite.ts'
import { suites } from '../../../conformance/suites/index.ts'

const own = suites
  .filter(({ profile }) => profile === 'x402')
  .map((suite) => ({ name: nameOf(suite), suite }))

describe.each(own)('$name', ({ suite }) => {
  test('the reference passes; what it is not judged by is what it lacks', async () => {
    await using standIn = await suite.standIn(undefined)
    const { result } = await judge(suite, standIn.subject, {
      target: 'reference',
      baseline: [],
      seed: 's',
      replay: '',
    })
    const red = result.checks.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip')
    expect(red.map(({ id, message }) => `${id}: ${message}`)).toEqual([])
    expect(result.audits.flatMap(({ rules }) => rules).filter(({ verdict }) => verdict !== 'pass')).toEqual(
      [],
    )
    expect(result.harnessErrors).toEqual([])
    expect(result.summary.skip).toBeLessThanOrEqual(2)
  })
})

/** Mixes of all that can be had at once, and what these are judged by: all of it where that takes a moment. */
const mixes = [
  {
    of: 'x402/server',
    names: ['settles-after-the-work', 'many-words'],
    only: 'stream,receipt,midway,failure,replay',
  },
  { of: 'x402/client', names: ['many-ways'], only: undefined },
  { of: 'x402/facilitator', names: ['many-names'], only: undefined },
]

test.each(mixes)('lawful peers are green: $of $names', async ({ of, names, only }) => {
  const controls = await own.find(({ name }) => name === of)?.suite.controls()
  for (const name of names) {
    const chosen = controls?.stories[name] ?? []
    const { passed, red } = (await controls?.judge(chosen, only)) ?? { passed: 0, red: [] }
    expect(wronglyRed(red, chosen)).toEqual([])
    expect(passed).toBeGreaterThan(15)
  }
})
