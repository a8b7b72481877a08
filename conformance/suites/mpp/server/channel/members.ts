/**
 * Each member of each payload, missing and altered: in every action, by every method, on channels of both protocols. What
 * the member is signed with is signed anew, so that nothing else is wrong.
 */
import { scenario } from '../../../../kit/scenario.ts'
import type { Tester } from '../../../../kit/tester.ts'
import { absent } from '../../../../kit/verdict.ts'
import { cellsOf, methods, refusesTable } from '../bench.ts'
import type { Fixtures } from '../fixtures.ts'
import { rowsOf } from './payload-members.ts'

type Named<F extends string, R> = { [K in keyof R & string as `${F}.${K}`]: R[K] }

/** Rows under the ids of a feature's checks. */
const named = <F extends string, R extends object>(feature: F, rows: R): Named<F, R> =>
  Object.fromEntries(Object.entries(rows).map(([row, tried]) => [`${feature}.${row}`, tried])) as Named<F, R>

const { descriptor: _, signer: __, consent: ___, ...rowsOfV1 } = rowsOf('v1')
const table = named('members', rowsOf('v2'))
const tableOfV1 = named('v1-members', rowsOfV1)

export const members = scenario({
  id: 'mpp/server/members',
  title: 'Each member of a payload counts, in every action, by every method',
  needs: ['stream'],
  cells: cellsOf(table),
  checks: {
    'members.action': ['SESS-FEE-007', 'SESS-CRED-004'],
    'members.type': 'SESS-CRED-005',
    'members.channel-id': ['SESS-CHID-003', 'SESS-CRED-004'],
    'members.descriptor': ['SESS-DESC-008', 'SESS-VOUCH-002'],
    'members.amount': ['SESS-VOUCH-003', 'SESS-CRED-004'],
    'members.signature': ['SESS-VOUCH-003', 'SESS-CRED-004'],
    'members.signer': 'SESS-OPEN-020',
    'members.transaction': ['SESS-CRED-004', 'SESS-OPEN-004'],
    'members.additional-deposit': ['SESS-TOPUP-004', 'SESS-CRED-004'],
    'members.consent': 'SESS-CLOSE-015',
  },
  faults: () => import('./members.faults.ts').then(({ faults }) => faults),
  async run(t, fixtures: Fixtures) {
    if (fixtures.payer.protocol === 'v1') return onV1(t, fixtures)
    const judged = t.wants('members.consent') ? await withoutConsent(t, fixtures) : []
    await refusesTable(t, fixtures, table, judged)
  },
})

type T = Tester<keyof typeof table>

/** Where the main stream is on v1 channels, which have fewer members. */
async function onV1(t: T, fixtures: Fixtures): Promise<void> {
  const rest = ['members.descriptor', 'members.signer', 'members.consent'] as const
  for (const check of rest) await t.check(check, () => absent('v1 payloads have no such member'))
  await refusesTable(t, fixtures, { ...table, ...named('members', rowsOfV1) }, rest)
}

/** As `members`, on v1 channels, whose payloads have fewer members. */
export const membersOfV1 = scenario({
  id: 'mpp/server/v1-members',
  title: 'Each member of a payload on a v1 channel counts, in every action, by every method',
  needs: ['v1'],
  cells: cellsOf(tableOfV1),
  checks: {
    'v1-members.action': ['SESS-FEE-007', 'SESS-CRED-004'],
    'v1-members.type': 'SESS-CRED-005',
    'v1-members.channel-id': ['SESS-CHID-003', 'SESS-CRED-004'],
    'v1-members.amount': ['SESS-VOUCH-003', 'SESS-CRED-004'],
    'v1-members.signature': ['SESS-VOUCH-003', 'SESS-CRED-004'],
    'v1-members.transaction': ['SESS-CRED-004', 'SESS-OPEN-002'],
    'v1-members.additional-deposit': ['SESS-TOPUP-004', 'SESS-CRED-004'],
  },
  faults: () => import('./members.faults.ts').then(({ faultsOfV1 }) => faultsOfV1),
  async run(t, fixtures: Fixtures) {
    const at = fixtures.subject.at('v1')
    const payer = await fixtures.anotherPayer(at)
    await refusesTable(t, { ...fixtures, subject: at, payer, units: at.units }, tableOfV1)
  },
})

/**
 * A server that takes closes without a consent knows none, as the drafts do: it is not judged (spec/readings.md A28). One
 * that asks for it does so where it refuses a close without it, and takes the same close with it.
 */
async function withoutConsent(t: T, { payer }: Fixtures): Promise<['members.consent'] | []> {
  for (const method of methods) {
    const channel = await payer.open()
    const takes = async (change: object, note: string) => {
      const answer = await channel.close(undefined, change, { method, note })
      await answer.text()
      return answer.accepted
    }
    const without = await takes({ closeSignature: undefined }, `by ${method}, without closeSignature`)
    if (!without && (await takes({}, `by ${method}, with closeSignature`))) return []
  }
  await t.check('members.consent', () => absent('closes are taken without closeSignature'))
  return ['members.consent']
}
