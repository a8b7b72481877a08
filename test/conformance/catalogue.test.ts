/** Requirements, checks and faults hang together: nothing dangles on either side. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checksByRequirement } from '../../conformance/cli/list.ts'
import { loadTarget, targetNames } from '../../conformance/harness/target.ts'
import { baselineOf } from '../../conformance/kit/baseline.ts'
import { loadRequirements } from '../../conformance/kit/requirements.ts'
import { featureOf } from '../../conformance/kit/run.ts'
import { checksOf, nameOf } from '../../conformance/kit/suite.ts'
import { resources } from '../../conformance/peers/mpp/offers.ts'
import { suiteOf, suites } from '../../conformance/suites/index.ts'
import { mppClient } from '../../conformance/suites/mpp/client/suite.ts'
import { serverFaults, serverScenarios } from '../../conformance/suites/mpp/server/scenarios.ts'
import { askedOfClients, demanded, isNoReason } from '../support/coverage.ts'

const faults = await serverFaults()

const requirements = loadRequirements()
const { musts, rest } = demanded()
const judged = checksByRequirement()
const checks = serverScenarios.flatMap((scenario) => Object.keys(scenario.checks))

describe('requirements', () => {
  test('the catalogue is whole', () => {
    const of = (wanted: string) =>
      [...requirements.values()].filter(({ profile }) => profile === wanted).length
    expect(of('mpp')).toBe(540)
    expect(of('mpp') + of('x402')).toBe(requirements.size)
  })
  test('each has a check, or a reason why none: never both, never neither', () => {
    const wrong = [...requirements.values()].filter(
      ({ id, unchecked }) => judged.has(id) === (unchecked !== undefined),
    )
    expect(wrong.map(({ id }) => id)).toEqual([])
  })
  test('each is asked of a role that a suite of its profile judges, or of what no suite does', () => {
    const roles = new Set(suites.map(({ profile, role }) => `${profile}/${role}`))
    const stray = [...requirements.values()].filter(
      ({ profile, role }) =>
        !roles.has(`${profile}/${role}`) && !['both', 'codec', 'contract'].includes(role),
    )
    expect(stray.map(({ id }) => id)).toEqual([])
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

/** Asked of both sides and judged of servers: why no check judges clients by it. */
const ofServersAlone: Readonly<Record<string, string>> = {
  'MCP-CAP-001': 'the reference is no MCP client, so no check of one could be proved',
  'SESS-TOPUP-011': 'a permission: a client may ask by any method, and the payee answers each',
}

describe('what is asked of a client of sessions and can be seen', () => {
  const own = checksByRequirement(mppClient)
  const bare = askedOfClients('mpp').filter(({ id }) => !own.has(id))
  test('has a check of its suite, or a reason why none', () => {
    const silent = bare.filter(({ id, unchecked }) => isNoReason(unchecked ?? ofServersAlone[id]))
    expect(silent.map(({ id }) => id)).toEqual([])
  })
  test('no reason is given for what is judged', () =>
    expect(Object.keys(ofServersAlone).filter((id) => own.has(id))).toEqual([]))
})

const named = suites.map((suite) => ({ name: nameOf(suite), suite }))

describe.each(named)('checks of $name', ({ suite }) => {
  test('ids are unique and begin with their feature; scenarios with the suite', () => {
    const own = suite.scenarios.flatMap((scenario) => Object.keys(scenario.checks))
    expect(new Set(own).size).toBe(own.length)
    const strays = suite.scenarios.flatMap(({ id, checks: declared }) =>
      Object.keys(declared).filter((check) => !check.startsWith(`${featureOf(id)}.`)),
    )
    expect(strays).toEqual([])
    const foreign = suite.scenarios.filter(({ id }) => !id.startsWith(`${nameOf(suite)}/`))
    expect(foreign.map(({ id }) => id)).toEqual([])
  })
  test('each judges requirements of its profile', () => {
    const judgedBy = [
      ...suite.scenarios.flatMap((scenario) => Object.values(scenario.checks)),
      ...Object.values(suite.auditRules),
    ].flat()
    expect(judgedBy.filter((id) => requirements.get(id)?.profile !== suite.profile)).toEqual([])
  })
  test('each is killed by some fault; each fault has a name of its own and names what exists', async () => {
    const all = await suite.faults()
    const own = new Set(checksOf(suite))
    const killed = new Set(all.flatMap(({ caughtBy }) => caughtBy))
    expect([...own].filter((check) => !killed.has(check))).toEqual([])
    expect([...killed].filter((check) => !own.has(check))).toEqual([])
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
    expect(all.filter(({ breaks }) => !requirements.has(breaks)).map(({ name }) => name)).toEqual([])
  })
})

test('the suite of mpp servers has at least 530 checks', () =>
  expect(checks.length).toBeGreaterThanOrEqual(530))

test.each(targetNames())(
  'the baseline of %s lists checks that exist, rules of the audit with their features',
  (name) => {
    const { folder, baseline, profile, role } = loadTarget(name)
    const suite = suiteOf(profile, role)
    const features = new Set(suite.scenarios.map(({ id }) => featureOf(id)))
    const own = checksOf(suite)
    const strays = baselineOf(suite, `${folder}/${baseline}`).filter((entry) =>
      entry.check in suite.auditRules
        ? !entry.features?.every((feature) => features.has(feature))
        : !own.includes(entry.check) || entry.features !== undefined,
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

test('the suite of mpp servers has at least 120 faults', () =>
  expect(faults.length).toBeGreaterThanOrEqual(120))
