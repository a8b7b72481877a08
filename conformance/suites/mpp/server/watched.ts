/** The check that is added to every scenario: the server never answers 5xx, even when the scenario ends early. */

import { featureOf } from '../../../kit/run.ts'
import type { AnyScenario } from '../../../kit/scenario.ts'
import { isServerError, noServerErrors } from './answers.ts'
import type { ServerFault } from './fault.ts'
import type { Fixtures } from './fixtures.ts'

const ending = '.no-5xx'

/**
 * Adds the check. Where the kit makes the server's own node fail, or asks for what its application cannot deliver, 5xx
 * is an honest answer: there it is not added.
 */
export function watched(scenario: AnyScenario<Fixtures>): AnyScenario<Fixtures> {
  if (scenario.needs?.some((need) => need === 'node' || need === 'failing')) return scenario
  const check = `${featureOf(scenario.id)}${ending}`
  return {
    ...scenario,
    checks: { ...scenario.checks, [check]: 'CORE-PROB-010' },
    whole: [check],
    async run(t, fixtures) {
      try {
        await scenario.run(t, fixtures)
      } finally {
        const { unpaid = 402 } = fixtures.subject.options
        // One that fails whatever it is asked is told so once, where the plain request is judged.
        if (isServerError(unpaid) && featureOf(scenario.id) !== 'challenge')
          t.block(check, fixtures.subject.illegible)
        else await noServerErrors(t, check)
      }
    },
  }
}

/** A fault for every check that was added and that none of these faults proves. */
export async function missingFaults(
  scenarios: readonly AnyScenario<Fixtures>[],
  faults: readonly ServerFault[],
): Promise<ServerFault[]> {
  const { refusesWith500 } = await import('./watched.faults.ts')
  const proved = new Set(faults.flatMap(({ caughtBy }) => caughtBy))
  return scenarios
    .flatMap(({ whole = [] }) => whole)
    .filter((check) => check.endsWith(ending) && !proved.has(check))
    .map((check) => refusesWith500(check.slice(0, -ending.length), check))
}
