/**
 * Held-out servers: each overlooks one member of a payload or of the echo, missing or altered, in one action by one method,
 * on channels of one protocol. The suite's own faults are one for each row and kind of its tables; here some of the others
 * are judged, or every one of them with HELD_OUT=all.
 */
import { expect, test } from 'vitest'
import {
  faults,
  faultsOfV1,
  overlooking,
  places,
} from '../../conformance/suites/mpp/server/channel/members.faults.ts'
import { judged } from '../../conformance/suites/mpp/server/controls/judge.ts'
import {
  faults as echoFaults,
  echoPlaces,
  overlookingEcho,
} from '../../conformance/suites/mpp/server/payment/echo.faults.ts'

const proved = new Set([...faults, ...faultsOfV1, ...echoFaults].map(({ name }) => name))
const everywhere = [...places.map(overlooking), ...echoPlaces.map(overlookingEcho)]
const heldOut = everywhere.filter(({ name }) => !proved.has(name))
const chosen = process.env['HELD_OUT'] === 'all' ? heldOut : heldOut.filter((_, i) => i % 61 === 5)

test('each place is another server, and most are held out', () => {
  const names = new Set(heldOut.map(({ name }) => name))
  expect(names.size).toBe(heldOut.length)
  expect(heldOut.length).toBe(everywhere.length - proved.size)
  expect(chosen.length).toBeGreaterThan(5)
})

test.each(chosen)('$name', async (fault) => {
  const checks = fault.caughtBy.filter((check) => !check.startsWith('audit.'))
  const { red } = await judged({ fault, only: checks.join(',') })
  expect(red.filter(({ verdict }) => verdict === 'harness')).toEqual([])
  const wrong = red.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')
  expect(checks.some((check) => wrong.some(({ id }) => id === check))).toBe(true)
})
