/** Whatever the input, a decode returns or throws a `DecodeError` that says why. `npm run nightly:fuzz` for more. */
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../../src/codec/decode-error.ts'
import { fuzz } from '../../support/fuzz.ts'
import { wireCodecs } from '../../support/wire-codecs.ts'

const inputs = Number(process.env['FUZZ_INPUTS'] ?? 20_000)
/** The same inputs on every machine, but others each night. A failure names its seed: FUZZ_SEED brings it back. */
const seed = Number(
  process.env['FUZZ_SEED'] ?? (process.env['FUZZ_INPUTS'] === undefined ? 1 : Date.now() | 0),
)

describe('any input', () => {
  test(`${inputs} of them: a value or a DecodeError`, { timeout: 3_600_000 }, () => {
    const outcomes = new Map<string, { values: number; errors: number }>()
    for (const { decoder, text, decode } of fuzz(inputs, seed)) {
      const outcome = outcomes.get(decoder) ?? { values: 0, errors: 0 }
      outcomes.set(decoder, outcome)
      try {
        decode(text)
        outcome.values++
      } catch (error) {
        outcome.errors++
        if (!(error instanceof DecodeError) || error.message === '')
          throw new Error(`seed ${seed}, ${decoder}: ${JSON.stringify(text)}`, { cause: error })
      }
    }
    expect(outcomes.size).toBe(wireCodecs.length + 2)
    // Inputs that all fail at the first character, or that all pass, would show nothing.
    const total = [...outcomes.values()].reduce((sum, { errors }) => sum + errors, 0)
    expect(total).toBeGreaterThan(inputs / 10)
    const never = [...outcomes].filter(([, { values }]) => values === 0).map(([name]) => name)
    expect(never).toEqual([])
  })
})
