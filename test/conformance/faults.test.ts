/**
 * A fault is killed by exactly the checks it declares. Here a sample is judged, from every room of the suite and for every
 * way in which faults are made; all of them, some hundreds, are judged by `selftest`, which .ci/run runs.
 */
import { expect, test } from 'vitest'
import { judgeFault, scenariosOf } from '../../conformance/kit/selftest.ts'
import { channelScenarios } from '../../conformance/suites/mpp/server/channel/scenarios.ts'
import { chargeScenarios } from '../../conformance/suites/mpp/server/charge/scenarios.ts'
import type { ServerFault } from '../../conformance/suites/mpp/server/fault.ts'
import { paymentScenarios } from '../../conformance/suites/mpp/server/payment/scenarios.ts'
import { serverFaults, serverScenarios } from '../../conformance/suites/mpp/server/scenarios.ts'
import { streamScenarios } from '../../conformance/suites/mpp/server/stream/scenarios.ts'
import { mppServer } from '../../conformance/suites/mpp/server/suite.ts'

const faults = await serverFaults()

/** For each scenario a fault that only this scenario kills, so that one story is told for it. */
const ownOf = ({ checks }: (typeof serverScenarios)[number]) =>
  faults.find(
    ({ caughtBy, during = [] }) => during.length === 0 && caughtBy.every((check) => check in checks),
  )

test('nearly every scenario has a fault of its own', () => {
  expect(serverScenarios.filter((scenario) => ownOf(scenario) !== undefined).length).toBeGreaterThan(
    serverScenarios.length - 5,
  )
})

/** What of the reference a fault replaces, as `http` or `rules store`. */
const replaced = ({ name, breaks, caughtBy, like, during, made, ...alteration }: ServerFault): string =>
  Object.keys(alteration).sort().join(' ')

/** Of each room the first fault that replaces what no fault before it does. */
const rooms = { paymentScenarios, channelScenarios, chargeScenarios, streamScenarios }
const chosen = Object.values(rooms).flatMap((scenarios) => {
  const own = scenarios.flatMap((scenario) => ownOf(scenario) ?? [])
  return [...new Map(own.toReversed().map((fault) => [replaced(fault), fault])).values()]
})

test.each(chosen)('$name', async (fault) => {
  const { expected, failed } = await judgeFault(mppServer, {
    suite: 'mpp/server',
    fault: fault.name,
    only: scenariosOf(mppServer, [fault]),
  })
  expect(failed).toEqual([...expected].sort())
})

/** Of the faults that count units a sample, behind each lawful way to send them; nightly:variants takes all. */
const behind = [
  ['free-title', 'delivers-1-before-charging'],
  ['free-title', 'two-units-for-one-voucher'],
  ['pings', 'one-unit-on-credit'],
  ['pings', 'captures-less-than-was-streamed'],
  ['two-events', 'delivers-3-before-charging'],
  ['two-events', 'charges-every-other-unit'],
] as const

test.each(behind)('behind %s: %s', async (variant, name) => {
  const fault = faults.find((each) => each.name === name) as ServerFault
  const result = await judgeFault(mppServer, {
    suite: 'mpp/server',
    fault: name,
    only: scenariosOf(mppServer, [fault]),
    variant,
  })
  expect(result.failed).toEqual([...fault.caughtBy].sort())
})
