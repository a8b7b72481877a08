/** A scenario staged again as part of another: other fixtures, other ids, and what stops it blocks its own checks alone. */
import { expect, test } from 'vitest'
import { loadRequirements } from '../../conformance/kit/requirements.ts'
import { type Restaged, restage } from '../../conformance/kit/restage.ts'
import { scenario } from '../../conformance/kit/scenario.ts'
import { Tester } from '../../conformance/kit/tester.ts'
import { Trace } from '../../conformance/kit/trace.ts'
import { Blocked, equal } from '../../conformance/kit/verdict.ts'

type Id = 'there.one' | 'there.two' | 'there.own'

const ran: string[] = []

const again = scenario({
  id: 'toy/server/here',
  title: 'counts',
  checks: { 'here.one': 'CORE-STAT-001', 'here.two': 'CORE-STAT-001', 'here.rest': 'CORE-STAT-001' },
  async run(t, { value, stops }: { value: number; stops?: boolean }) {
    ran.push(`${value}`)
    await t.check('here.one', () => equal(value, 7))
    if (stops) throw new Blocked('the story stops')
    await t.check('here.two', () => equal(value, 7))
    await t.check('here.rest', () => equal(value, 0))
  },
})

/** The verdicts of a scenario that stages it again, with these ids. */
async function verdicts(
  ids: Restaged<keyof typeof again.checks & string, Id>,
  fixtures: { value: number; stops?: boolean },
  wants: (check: string) => boolean = () => true,
) {
  const declared = {
    'there.one': 'CORE-STAT-001',
    'there.two': 'CORE-STAT-001',
    'there.own': 'CORE-STAT-001',
  }
  const t = new Tester<Id>(declared, loadRequirements(), new Trace().recorder('toy/server/there'), wants)
  await restage(t, again, ids, fixtures)
  await t.check('there.own', () => equal(1, 1))
  return Object.fromEntries(t.finish('not reached').map(({ id, verdict }) => [id, verdict]))
}

test('its checks are judged under the other ids, the rest are not asked for', async () => {
  const ids = { 'here.one': 'there.one', 'here.two': 'there.two' } as const
  expect(await verdicts(ids, { value: 7 })).toEqual({
    'there.one': 'pass',
    'there.two': 'pass',
    'there.own': 'pass',
  })
  expect(await verdicts(ids, { value: 8 })).toMatchObject({ 'there.one': 'fail', 'there.two': 'fail' })
})

test('several checks may become one: the worst finding stays', async () => {
  const ids = { 'here.one': 'there.one', 'here.rest': 'there.one' } as const
  expect(await verdicts(ids, { value: 7 })).toMatchObject({ 'there.one': 'fail', 'there.two': 'blocked' })
})

test('what stops it blocks what it did not judge, and the scenario around it goes on', async () => {
  const ids = { 'here.one': 'there.one', 'here.two': 'there.two' } as const
  expect(await verdicts(ids, { value: 7, stops: true })).toEqual({
    'there.one': 'pass',
    'there.two': 'blocked',
    'there.own': 'pass',
  })
})

test('it is not run where none of its checks was asked for', async () => {
  ran.length = 0
  const ids = { 'here.one': 'there.one' } as const
  expect(await verdicts(ids, { value: 7 }, (check) => check === 'there.own')).toEqual({ 'there.own': 'pass' })
  expect(ran).toEqual([])
})
