/** Each bound member of a challenge, altered in its echo: in every action, by every method. The payload is lawful. */
import * as Base64url from '../../../../../src/codec/base64url.ts'
import * as Digest from '../../../../../src/codec/digest.ts'
import * as Timestamp from '../../../../../src/codec/timestamp.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { without, withRequest } from '../../../../peers/mpp/payer/offer.ts'
import { actions, cellsOf, refusesTable, type Table, type Wrongs } from '../bench.ts'
import type { Fixtures } from '../fixtures.ts'
import { stranger } from '../strangers.ts'

type Alter = (issued: Challenge.Challenge) => Challenge.Challenge

/** The same in every action. */
const everywhere = (alters: Readonly<Record<string, Alter>>) => {
  const wrongs: Wrongs = Object.fromEntries(
    Object.entries(alters).map(([what, challenge]) => [what, () => ({ challenge })]),
  )
  return Object.fromEntries(actions.map((action) => [action, wrongs])) as Record<
    (typeof actions)[number],
    Wrongs
  >
}

const table = {
  'echo.id': everywhere({
    'an id nobody issued': (issued) => ({ ...issued, id: Base64url.encode(new Uint8Array(32).fill(7)) }),
  }),
  'echo.realm': everywhere({
    'another realm': (issued) => ({ ...issued, realm: `${issued.realm}.example` }),
  }),
  'echo.method': everywhere({ 'another method': (issued) => ({ ...issued, method: 'stripe' }) }),
  'echo.intent': everywhere({ 'another intent': (issued) => ({ ...issued, intent: 'charge' }) }),
  'echo.request': everywhere({
    'another recipient': (issued) => withRequest(issued, { recipient: stranger.address }),
  }),
  'echo.expires': everywhere({
    'a later end': (issued) => ({ ...issued, expires: Timestamp.encode(Date.now() + 86_400_000) }),
    'no end': (issued) =>
      issued.expires === undefined
        ? { ...issued, expires: Timestamp.encode(Date.now() + 86_400_000) }
        : without(issued, 'expires'),
  }),
  // The right digest of the body that is sent, which is empty: only the binding can tell.
  'echo.digest': everywhere({
    'a digest': (issued) => ({ ...issued, digest: Digest.encode(new Uint8Array()) }),
  }),
  'echo.opaque': everywhere({
    'another opaque': (issued) => ({ ...issued, opaque: Challenge.encodeObject({ tier: 'gold' }) }),
  }),
  'echo.header': everywhere({
    'another field': (issued) =>
      issued.header === undefined
        ? { ...issued, header: Challenge.alternateField }
        : without(issued, 'header'),
  }),
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
