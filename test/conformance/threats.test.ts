/** The maps of attacks and of bugs name what exists, and leave nothing out. */

import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checksOf, outside } from '../../conformance/kit/suite.ts'
import { bugsByCheck, loadAttacks, loadBugs, loadLimits } from '../../conformance/kit/threats.ts'
import { suites } from '../../conformance/suites/index.ts'
import { mppServer } from '../../conformance/suites/mpp/server/suite.ts'
import { loadVectors } from '../../conformance/vectors/generate.ts'

const { attacks, refusals, controls } = loadAttacks()
const bugs = loadBugs()
const known = new Set(suites.flatMap((suite) => checksOf(suite).map((check) => outside(suite, check))))
const flagged = new Set(
  loadVectors().flatMap(({ file, groups }) =>
    groups.flatMap(({ tests }) => tests.flatMap(({ flags }) => flags.map((flag) => `${file}.json#${flag}`))),
  ),
)
const count = (length: number) => Array.from({ length }, (_, i) => i + 1)
const entries = [
  ...attacks.map((each) => ({ name: `attack ${each.attack}`, ...each })),
  ...refusals.map((each) => ({ name: `refusal ${each.rule}`, ...each })),
  ...controls.map((each) => ({ name: `control ${each.control}`, ...each })),
  ...bugs.map((each) => ({ name: `bug ${each.entry}`, ...each })),
]

const ofSessions = suites.filter(({ profile }) => profile === 'mpp')

describe('attacks and bugs', () => {
  test('each is there once', () => {
    expect(attacks.map(({ attack }) => attack)).toEqual(count(40))
    expect(bugs.map(({ entry }) => entry)).toEqual(count(130))
    expect(refusals.map(({ rule }) => rule)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length)
  })
  test('each has what shows it, or a reason why nothing does: never both', () => {
    const wrong = entries.filter(
      ({ checks, vectors, unchecked }) =>
        (checks !== undefined || vectors !== undefined) === (unchecked !== undefined),
    )
    expect(wrong.map(({ name }) => name)).toEqual([])
  })
  test('checks, vectors and tests exist', () => {
    const stray = entries.flatMap(({ name, checks = [], vectors = [], tests = [] }) => [
      ...checks.filter((check) => !known.has(check)).map((check) => `${name}: ${check}`),
      ...vectors.filter((vector) => !flagged.has(vector)).map((vector) => `${name}: ${vector}`),
      ...tests.filter((path) => !existsSync(path)).map((path) => `${name}: ${path}`),
    ])
    expect(stray).toEqual([])
  })
  test('none names a check twice', () => {
    const twice = entries.filter(({ checks = [] }) => new Set(checks).size !== checks.length)
    expect(twice.map(({ name }) => name)).toEqual([])
  })
})

describe('limits', () => {
  const limits = loadLimits()
  const claims = limits.flatMap((limit) => limit.claims)
  test('each is there once', () => {
    for (const names of [limits.map(({ limit }) => limit), claims.map((each) => each.claim)])
      expect(new Set(names).size).toBe(names.length)
  })
  test('tests stand in their files, checks and vectors exist', () => {
    const stray = claims.flatMap(({ claim, tests = [], checks = [], vectors = [] }) => {
      const untold = tests.filter((named) => {
        const at = named.indexOf(': ')
        const [path, title] = [named.slice(0, at), named.slice(at + 2)]
        return !existsSync(path) || !readFileSync(path, 'utf8').includes(title)
      })
      const unknown = checks.filter((check) => !known.has(check))
      return [...untold, ...unknown, ...vectors.filter((vector) => !flagged.has(vector))].map(
        (each) => `${claim}: ${each}`,
      )
    })
    expect(stray).toEqual([])
  })
  test('each check that they name is proved by a fault', async () => {
    const caught = new Set<string>()
    for (const suite of ofSessions)
      for (const { caughtBy } of await suite.faults())
        for (const check of caughtBy) caught.add(outside(suite, check))
    const unproved = claims.flatMap(({ checks = [] }) => checks.filter((check) => !caught.has(check)))
    expect([...new Set(unproved)]).toEqual([])
  })
  test('bugs that they name are listed, and name a test or a check of them', () => {
    const entries = new Map(bugs.map((bug) => [bug.entry, bug]))
    const wrong = limits.flatMap(({ limit, bugs: named = [], claims }) =>
      named
        .filter((entry) => {
          const bug = entries.get(entry)
          const shown = claims.flatMap(({ tests = [], checks = [] }) => [
            ...checks,
            ...tests.map((each) => each.slice(0, each.indexOf(': '))),
          ])
          return ![...(bug?.checks ?? []), ...(bug?.tests ?? [])].some((each) => shown.includes(each))
        })
        .map((entry) => `${limit}: ${entry}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('published advisories', () => {
  const advisories = bugs.filter(({ where }) => where.some((id) => id.startsWith('GHSA-')))
  test('each about this protocol has a check of its own name or of its subject', () => {
    const bare = advisories.filter(({ checks }) => checks === undefined)
    // Cards are another method.
    expect(bare.map(({ entry }) => entry)).toEqual([107])
  })
  test('each is named by a check', () => {
    const like = bugsByCheck(mppServer)
    const named = (id: string) => [...like.values()].filter((where) => where.includes(id))
    const ids = advisories.flatMap(({ entry, where }) => (entry === 107 ? [] : where))
    const lost = ids.filter((id) => /^(GHSA|CVE)-/.test(id) && named(id).length === 0)
    expect(lost).toEqual([])
  })
  test('each check named after one says so in the map', () => {
    const like = bugsByCheck(mppServer)
    const named = checksOf(mppServer).filter((check) => check.startsWith('advisory.ghsa-'))
    const silent = named.filter((check) => {
      const id = check.slice('advisory.'.length).toLowerCase()
      return !(like.get(check) ?? []).some((where) => where.toLowerCase() === id)
    })
    expect(silent).toEqual([])
  })
})

describe.each(ofSessions)('a fault of $profile/$role that is like a bug', (suite) => {
  test('is like an entry of the list', async () => {
    const listed = new Set(bugs.flatMap(({ where }) => where))
    const strange = (await suite.faults()).flatMap(({ name, like = [] }) =>
      like.filter((id) => !listed.has(id)).map((id) => `${name}: ${id}`),
    )
    expect(strange).toEqual([])
  })
  test('turns a check red that the list names for that bug', async () => {
    const like = bugsByCheck(suite)
    const apart = (await suite.faults()).flatMap(({ name, caughtBy, like: ids = [] }) =>
      ids
        .filter((id) => !caughtBy.some((check) => like.get(check)?.includes(id)))
        .map((id) => `${name}: ${id}: ${caughtBy.join(' ')}`),
    )
    expect(apart).toEqual([])
  })
})

test('what hits clients is shown by their suite, or says which part is not', () => {
  const hits = [...attacks, ...bugs].filter(({ unchecked = '', missing = '' }) =>
    `${unchecked}${missing}`.includes('role client'),
  )
  const bare = hits.filter(({ checks = [] }) => !checks.some((check) => check.startsWith('mpp/client:')))
  expect(bare.map((each) => ('entry' in each ? each.entry : each.attack))).toEqual([15])
})
