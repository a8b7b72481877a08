/**
 * The suites of x402: the references pass everything in both versions, and lawful servers stay green. Faults are judged by
 * `selftest --profile x402`, which .ci/run runs; each control alone by `selftest --controls`.
 */
import { describe, expect, test } from 'vitest'
import { wronglyRed } from '../../../conformance/kit/control.ts'
import { judge } from '../../../conformance/kit/judge.ts'
import { nameOf } from '../../../conformance/kit/suite.ts'
import { suites } from '../../../conformance/suites/index.ts'
import { controls } from '../../../conformance/suites/x402/server/controls.ts'

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

const features = 'stream,receipt,midway,failure,replay'

test.each(Object.entries(controls.stories).filter(([name]) => /after|many/.test(name)))(
  'a lawful server is green: %s',
  async (_, chosen) => {
    const { passed, red } = await controls.judge(chosen, features)
    expect(wronglyRed(red, chosen)).toEqual([])
    expect(passed).toBeGreaterThan(15)
  },
)
