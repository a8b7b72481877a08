/**
 * Each bound member of a challenge, left out of its echo and altered there: in every action, by every method. The payload
 * is lawful.
 */
import { scenario } from '../../../../kit/scenario.ts'
import { actions, cellsOf, refusesTable, type Table, type Wrongs } from '../bench.ts'
import type { Fixtures } from '../fixtures.ts'
import { type Change, rows } from './echo-members.ts'

/** The same in every action. */
const everywhere = (changes: Readonly<Record<string, Change>>) => {
  const wrongs: Wrongs = Object.fromEntries(
    Object.entries(changes).map(([what, { alter }]) => [what, () => ({ challenge: alter })]),
  )
  return Object.fromEntries(actions.map((action) => [action, wrongs])) as Record<
    (typeof actions)[number],
    Wrongs
  >
}

const table = {
  'echo.id': everywhere(rows.id),
  'echo.realm': everywhere(rows.realm),
  'echo.method': everywhere(rows.method),
  'echo.intent': everywhere(rows.intent),
  'echo.request': everywhere(rows.request),
  'echo.expires': everywhere(rows.expires),
  'echo.digest': everywhere(rows.digest),
  'echo.opaque': everywhere(rows.opaque),
  'echo.header': everywhere(rows.header),
} satisfies Table<string>

export const echo = scenario({
  id: 'mpp/server/echo',
  title: 'Each bound member of the echo counts, in every action, by every method',
  needs: ['stream'],
  cells: cellsOf(table),
  checks: {
    'echo.id': 'CORE-BIND-012',
    'echo.realm': ['CORE-BIND-009', 'CORE-BIND-017'],
    'echo.method': ['CORE-BIND-009', 'CORE-CRED-013'],
    'echo.intent': ['CORE-BIND-009', 'CORE-CRED-013'],
    'echo.request': ['CORE-BIND-007', 'CORE-BIND-017'],
    'echo.expires': 'CORE-BIND-008',
    'echo.digest': ['CORE-BIND-017', 'CORE-BIND-010'],
    'echo.opaque': ['CORE-BIND-017', 'CORE-CHAL-022'],
    'echo.header': ['CORE-HDR-011', 'CORE-BIND-017'],
  },
  faults: () => import('./echo.faults.ts').then(({ faults }) => faults),
  run: (t, fixtures: Fixtures) => refusesTable(t, fixtures, table),
})
