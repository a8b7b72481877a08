/** Verification: a payment that is good, and payments that are no good in every way of the table; nothing moves. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { means, namesOf } from '../../../../src/x402/wire/reasons.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, equal, type Finding, holds, unjudged } from '../../../kit/verdict.ts'
import type { Caller, Told } from '../../../peers/x402/payer/caller.ts'
import type { Fixtures } from './fixtures.ts'
import { accepts, describe, isGood, reasonIn, refuses, refusesEach } from './verbs.ts'
import { type Wrong, waysOf, wrongs } from './wrongs.ts'

const checks = {
  'verify.valid': 'X-FAC-003',
  'verify.payer': 'X-FAC-004',
  'verify.scheme': 'X-FAC-005',
  'verify.network': 'X-FAC-005',
  'verify.asset': 'X-FAC-005',
  'verify.signature': 'X-FAC-006',
  'verify.recipient': 'X-FAC-007',
  'verify.value': 'X-FAC-008',
  'verify.valid-after': 'X-FAC-009',
  'verify.valid-before': 'X-FAC-009',
  'verify.funds': 'X-FAC-010',
  'verify.used': 'X-FAC-011',
  'verify.reasons': 'X-FAC-012',
  'verify.moves-nothing': 'X-FAC-013',
} as const

type Check = keyof typeof checks

export const verify = scenario<Fixtures, Check>({
  id: 'x402/facilitator/verify',
  title: 'Payments that are verified',
  checks,
  faults: async () => (await import('./verify.faults.ts')).verifyFaults,
  async run(t, { caller, versions }) {
    for (const version of versions) await each(t, caller, version)
  },
})

async function each(t: Tester<Check>, caller: Caller, version: Version): Promise<void> {
  const before = await caller.earned()
  const good = await caller.make(version)
  let answer: Told | undefined
  await accepts(t, 'verify.valid', async () => {
    answer = await caller.verify(good)
    return answer
  })
  await t.check('verify.payer', () => {
    if (answer === undefined || !isGood(answer)) return unjudged('nothing was found valid')
    const { payer } = answer.said ?? {}
    return equal(String(payer).toLowerCase(), caller.account.address.toLowerCase(), `v${version}: payer`)
  })
  const refused: [string, Wrong, Told][] = []
  for (const [name, wrong] of Object.entries<Wrong>(wrongs(caller, version))) {
    const acts = waysOf(name, wrong, version).map(([way, one]) => [
      way,
      async () => {
        const told = await caller.verify(await caller.make(version, one.change), way)
        refused.push([way, one, told])
        return told
      },
    ])
    await refusesEach(t, `verify.${name}` as Check, Object.fromEntries(acts), {
      twin: async () => caller.verify(await caller.make(version)),
      money: 'servers give content for it',
    })
  }
  await t.check('verify.moves-nothing', async () => {
    const earned = (await caller.earned()) - before
    if (earned !== 0n) return broken(`v${version}: nothing moved`, `the payee got ${earned}`)
    return (await caller.isSettled(good))
      ? broken(`v${version}: an authorization that is not used`, 'it is used')
      : holds
  })
  await used(t, caller, version, refused)
  await t.check('verify.reasons', () => reasons(version, refused))
}

/** A payment that was settled is good for nothing more. */
async function used(t: Tester<Check>, caller: Caller, version: Version, refused: [string, Wrong, Told][]) {
  const spent = await caller.make(version)
  await caller.settle(spent, 'to be used up')
  await refuses(t, 'verify.used', {
    act: async () => {
      const told = await caller.verify(spent, 'used')
      refused.push(['used', { means: ['state'] }, told])
      return told
    },
    twin: async () => caller.verify(await caller.make(version)),
    money: 'servers give content for a payment that others were given',
  })
}

/** Whether each refusal has a name of its kind. One that is told by its status alone has none: no status is named. */
function reasons(version: Version, refused: readonly [string, Wrong, Told][]): Finding {
  const all = refused.filter(([, , told]) => !isGood(told))
  const judged = all.filter(([, , told]) => told.exchange.accepted || reasonIn(told) !== undefined)
  if (all.length === 0) return unjudged('nothing was refused')
  if (judged.length === 0) return absent('refusals are told by their status alone')
  for (const [name, { means: kinds }, told] of judged) {
    const reason = reasonIn(told)
    if (kinds.some((kind) => means(reason, kind))) continue
    const names = kinds.flatMap(namesOf).slice(0, 3).join(', ')
    return broken(`v${version}: ${name}: ${names} …`, `${reason ?? describe(told)}`, { softly: true })
  }
  return holds
}
