/** Requirements, checks and faults hang together: nothing dangles on either side. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checksByRequirement } from '../../conformance/cli/list.ts'
import { loadTarget, targetNames } from '../../conformance/harness/target.ts'
import { baselineOf } from '../../conformance/kit/baseline.ts'
import { loadRequirements } from '../../conformance/kit/requirements.ts'
import { featureOf } from '../../conformance/kit/run.ts'
import { resources } from '../../conformance/peers/mpp/offers.ts'
import { auditRules } from '../../conformance/suites/mpp/server/audit.ts'
import { serverFaults, serverScenarios } from '../../conformance/suites/mpp/server/scenarios.ts'
import { mppServer } from '../../conformance/suites/mpp/server/suite.ts'
import { demanded, isNoReason } from '../support/coverage.ts'

const faults = await serverFaults()

const requirements = loadRequirements()
const { musts, rest } = demanded()
const judged = checksByRequirement()
const checks = serverScenarios.flatMap((scenario) => Object.keys(scenario.checks))
const allChecks = new Set([...checks, ...Object.keys(auditRules)])

describe('requirements', () => {
  test('the catalogue is whole', () => expect(requirements.size).toBe(520))
  test('each has a check, or a reason why none: never both, never neither', () => {
    const wrong = [...requirements.values()].filter(
      ({ id, unchecked }) => judged.has(id) === (unchecked !== undefined),
    )
    expect(wrong.map(({ id }) => id)).toEqual([])
  })
  test('each check judges requirements that exist', () => {
    expect([...judged.keys()].filter((id) => !requirements.has(id))).toEqual([])
  })
})

describe('what is asked of a server and can be seen', () => {
  test('every MUST has a check', () => {
    expect(musts.filter(({ id }) => !judged.has(id)).map(({ id }) => id)).toEqual([])
  })
  test('everything else has a check, or a reason', () => {
    const silent = rest.filter(({ id, unchecked }) => !judged.has(id) && isNoReason(unchecked))
    expect(silent.map(({ id }) => id)).toEqual([])
  })
})

describe('checks', () => {
  test('ids are unique and begin with their feature', () => {
    expect(new Set(checks).size).toBe(checks.length)
    const strays = serverScenarios.flatMap(({ id, checks: own }) =>
      Object.keys(own).filter((check) => !check.startsWith(`${featureOf(id)}.`)),
    )
    expect(strays).toEqual([])
  })
  test('there are at least 530', () => expect(checks.length).toBeGreaterThanOrEqual(530))
  test('each is killed by some fault', () => {
    const killed = new Set(faults.flatMap(({ caughtBy }) => caughtBy))
    expect([...allChecks].filter((check) => !killed.has(check))).toEqual([])
  })
})

test.each(targetNames())(
  'the baseline of %s lists checks that exist, rules of the audit with their features',
  (name) => {
    const { folder, baseline } = loadTarget(name)
    const features = new Set(serverScenarios.map(({ id }) => featureOf(id)))
    const strays = baselineOf(mppServer, `${folder}/${baseline}`).filter((entry) =>
      entry.check in auditRules
        ? !entry.features?.every((feature) => features.has(feature))
        : !checks.includes(entry.check) || entry.features !== undefined,
    )
    expect(strays.map(({ check }) => check)).toEqual([])
  },
)

test('the README tells of every resource and every option of a run', () => {
  const readme = readFileSync('conformance/README.md', 'utf8')
  const lines = readme.split('\n')
  const rows = Object.entries(resources).filter(
    ([name, { asks: what }]) =>
      !lines.some((line) => line.startsWith(`| \`${name}\``) && line.includes(`| ${what} `)),
  )
  expect(rows).toEqual([])
  const words = ['--resource', '--accept', '--start', '--html', '--json', '--junit', '--md', '--seed']
  expect(words.filter((word) => !readme.includes(`\`${word}`))).toEqual([])
})

describe('faults', () => {
  test('there are at least 120', () => expect(faults.length).toBeGreaterThanOrEqual(120))
  test('names are unique, and each breaks a requirement and names checks that exist', () => {
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length)
    expect(faults.filter(({ breaks }) => !requirements.has(breaks)).map(({ name }) => name)).toEqual([])
    expect(faults.flatMap(({ caughtBy }) => caughtBy).filter((check) => !allChecks.has(check))).toEqual([])
  })
})
