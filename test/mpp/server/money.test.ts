/**
 * Random runs against the durable reference: whatever payers, strangers, crashes, the node and time do, in the end
 * what was delivered is paid for, and nothing else. `npm run nightly:money` runs more.
 *
 * A failure prints a seed and a path; MONEY_SEED and MONEY_PATH replay just that run, and MONEY_ACTS one that is
 * written out.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Run } from './money/act.ts'
import { runs } from './money/arbitrary.ts'
import { nothingYet, runOnce } from './money/run.ts'

const { MONEY_STEPS, MONEY_SEED, MONEY_PATH, MONEY_ACTS } = process.env
const steps = Number(MONEY_STEPS ?? 1_000)
/** Always the same in `npm test`; the nightly run takes another each time. */
const seed = Number(MONEY_SEED ?? (MONEY_STEPS === undefined ? 11 : Date.now() % 2 ** 31))
/** Acts of one run. */
const length = 80
/** Runs between two looks at how many acts there were. */
const batch = 10
/** How to see a failure again. */
function replay(run: Run, failedSeed: number, path: string): string {
  return `MONEY_SEED=${failedSeed} MONEY_PATH=${path}, or MONEY_ACTS='${JSON.stringify(
    run,
    (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value),
  )}'`
}

test.runIf(MONEY_ACTS !== undefined)('the acts that are written out', async () => {
  const { acts, upkeep = {} } = JSON.parse(MONEY_ACTS as string) as Run
  if (upkeep.settleThreshold !== undefined) upkeep.settleThreshold = BigInt(upkeep.settleThreshold)
  await runOnce({ acts, upkeep })
})

test.runIf(MONEY_ACTS === undefined)(
  `${steps} random acts lose nobody's money`,
  { timeout: 7_200_000 },
  async () => {
    const seen = nothingYet()
    for (let round = seed; seen.acts < steps; round++) {
      const found = await fc.check(
        fc.asyncProperty(runs(length), async (run) => void (await runOnce(run, seen))),
        {
          seed: round,
          numRuns: batch,
          ...(MONEY_PATH === undefined ? {} : { path: MONEY_PATH, endOnFailure: true }),
        },
      )
      if (found.failed) {
        const [run] = found.counterexample as [Run]
        throw new Error(`${replay(run, round, found.counterexamplePath ?? '')}\n`, {
          cause: found.errorInstance,
        })
      }
      if (MONEY_PATH !== undefined) return
    }
    expect(seen.delivered).toBeGreaterThan(steps / 10)
  },
)
