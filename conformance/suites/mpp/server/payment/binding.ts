/** No challenge counts but one issued here, for these terms, echoed exactly as it was issued. */
import * as Base64url from '../../../../../src/codec/base64url.ts'
import * as Digest from '../../../../../src/codec/digest.ts'
import type * as Json from '../../../../../src/codec/json.ts'
import * as Timestamp from '../../../../../src/codec/timestamp.ts'
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import * as Binding from '../../../../../src/mpp/wire/binding.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked } from '../../../../kit/verdict.ts'
import { without, withRequest } from '../../../../peers/mpp/payer/offer.ts'
import type { PreparedOpen } from '../../../../peers/mpp/payer/payer.ts'
import type { Fixtures } from '../fixtures.ts'
import { Rehearsal } from '../rehearsal.ts'
import { stranger } from '../strangers.ts'
import { type Attempt, accepts, refuses, refusesAs, refusesEach } from '../verbs.ts'

export const binding = scenario({
  id: 'mpp/server/binding',
  title: 'A challenge counts only where it was issued, and exactly as it was issued',
  checks: {
    'binding.tampered-amount': ['CORE-BIND-007', 'CORE-BIND-001', 'CORE-CHAL-004'],
    'binding.tampered-recipient': ['CORE-BIND-007', 'SESS-OPEN-008'],
    'binding.tampered-escrow': ['CORE-BIND-007', 'SESS-FEE-009'],
    'binding.tampered-terms': ['CORE-BIND-007', 'CORE-BIND-017'],
    'binding.later-expires': 'CORE-BIND-008',
    'binding.removed-expires': 'CORE-BIND-008',
    'binding.other-realm': 'CORE-BIND-009',
    'binding.other-method': ['CORE-BIND-009', 'CORE-CRED-013'],
    'binding.other-intent': ['CORE-BIND-009', 'CORE-CRED-013'],
    'binding.added-digest': ['CORE-BIND-017', 'CORE-BIND-001'],
    'binding.added-opaque': ['CORE-BIND-017', 'CORE-CHAL-022'],
    'binding.added-header': ['CORE-HDR-011', 'CORE-BIND-017'],
    'binding.forged-id': 'CORE-BIND-012',
    'binding.forged-label': 'CORE-STAT-003',
    'binding.misspelt-id': 'CORE-BIND-012',
    'binding.guessed-secret': 'CORE-BIND-012',
    'binding.other-digest': 'CORE-BIND-010',
    'binding.dropped-digest': 'CORE-BIND-010',
    'binding.other-body': 'CORE-DIG-001',
    'binding.unhurried': 'CORE-STAT-005',
  },
  faults: () => import('./binding.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const { subject, payer } = fixtures
    const early = await subject.challenge()
    const rehearsal = new Rehearsal<Check>(payer)
    await terms(t, fixtures, rehearsal)
    await parameters(t, fixtures, rehearsal)
    await ids(t, fixtures, rehearsal)
    await rehearsal.prove(t)
    await digests(t, fixtures)
    // A server that compares what it would issue now with what it issued then refuses honest clients that take a moment.
    await accepts(t, 'binding.unhurried', async () => {
      const later = await subject.challenge()
      if (later.id === early.id) throw new Blocked('no other challenge was issued meanwhile')
      return payer.send(await payer.prepareOpen(), { challenge: early })
    })
  },
})

type T = Parameters<typeof binding.run>[0]

type Alter = (issued: Challenge.Challenge) => Challenge.Challenge

type Check = Parameters<T['check']>[0]

/** Sends an open in answer to altered challenges. */
const answering =
  ({ subject, payer }: Fixtures, alter: Alter) =>
  async (open: PreparedOpen) =>
    payer.send(open, { challenge: alter(await subject.challenge()) })

async function terms(t: T, fixtures: Fixtures, rehearsal: Rehearsal<Check>): Promise<void> {
  const { subject, payer } = fixtures
  await refuses(t, 'binding.tampered-amount', {
    ...rehearsal.attempt(
      'binding.tampered-amount',
      answering(fixtures, (issued) => withRequest(issued, { amount: fixtures.units(1) > 1n ? '1' : '0' })),
    ),
    money: 'content for less than its price',
  })
  await refuses(t, 'binding.tampered-recipient', {
    act: async () => {
      const payee = payer.address
      const open = await payer.prepareOpen({ calldata: { payee }, described: { payee } })
      return payer.send(open, { challenge: withRequest(await subject.challenge(), { recipient: payee }) })
    },
    twin: async () => payer.send(await payer.prepareOpen()),
    position: payer.position,
    money: 'the payer pays itself',
  })
  // The payer's deposit would go to another contract; were it broadcast, the fee would be gone.
  await refuses(t, 'binding.tampered-escrow', {
    act: async () => {
      const escrowContract = stranger.address
      const open = await payer.prepareOpen()
      const { raw } = await payer.sign([{ to: escrowContract, data: '0x' }])
      const challenge = withRequest(await subject.challenge(), {}, { escrowContract })
      return payer.sendAltered(open, { transaction: raw }, { challenge })
    },
    twin: async () => payer.send(await payer.prepareOpen()),
    position: payer.position,
    money: 'the deposit goes to a contract of the payer',
  })
  const told = (change: Json.JsonObject, details?: Json.JsonObject) =>
    rehearsal.act(
      'binding.tampered-terms',
      answering(fixtures, (issued) => withRequest(issued, change, details)),
    )
  await refusesEach(
    t,
    'binding.tampered-terms',
    {
      currency: told({ currency: stranger.address }),
      escrowContract: told({}, { escrowContract: stranger.address }),
      chainId: told({}, { chainId: subject.options.chainId + 1 }),
      suggestedDeposit: told({ suggestedDeposit: '1' }),
      unitType: told({ unitType: 'library' }),
      'a new member': told({ discount: '100%' }),
    },
    { position: payer.position, money: 'the payee is paid in what it did not ask for' },
  )
}

async function parameters(t: T, fixtures: Fixtures, rehearsal: Rehearsal<Check>): Promise<void> {
  const later = Timestamp.encode(Date.now() + 86_400_000)
  const changes = {
    'binding.later-expires': (issued) => ({ ...issued, expires: later }),
    'binding.removed-expires': (issued) => without(issued, 'expires'),
    'binding.other-realm': (issued) => ({ ...issued, realm: `${issued.realm}.example` }),
    'binding.other-method': (issued) => ({ ...issued, method: 'stripe' }),
    'binding.other-intent': (issued) => ({ ...issued, intent: 'charge' }),
    // The right digest of the body that is sent, which is empty: only the binding can tell.
    'binding.added-digest': (issued) => ({ ...issued, digest: Digest.encode(new Uint8Array()) }),
    'binding.added-opaque': (issued) => ({ ...issued, opaque: Challenge.encodeObject({ tier: 'gold' }) }),
    'binding.added-header': (issued) => ({ ...issued, header: Challenge.alternateField }),
  } satisfies Partial<Record<Parameters<T['check']>[0], Alter>>
  const names = Object.keys(changes) as (keyof typeof changes)[]
  for (const check of names)
    await refuses(t, check, rehearsal.attempt(check, answering(fixtures, changes[check])))
}

/** Ids that the server did not issue: random, almost right, and computed with guessable secrets. */
async function ids(t: T, fixtures: Fixtures, rehearsal: Rehearsal<Check>): Promise<void> {
  const random = Base64url.encode(new Uint8Array(32).fill(7))
  await refusesAs(
    t,
    'binding.forged-id',
    'binding.forged-label',
    ['invalid-challenge', 'session/challenge-not-found', 'payment-expired'],
    rehearsal.attempt(
      'binding.forged-id',
      answering(fixtures, (issued) => ({ ...issued, id: random })),
    ),
  )
  const { payer } = fixtures
  const spelt = (spell: (id: string) => string) =>
    rehearsal.act(
      'binding.misspelt-id',
      answering(fixtures, (issued) => ({ ...issued, id: spell(issued.id) })),
    )
  await refusesEach(
    t,
    'binding.misspelt-id',
    {
      'an empty id': spelt(() => ''),
      'the first half': spelt((id) => id.slice(0, id.length / 2)),
      'one character more': spelt((id) => `${id}A`),
      'white space after it': spelt((id) => `${id} `),
      'another last character': spelt((id) => `${id.slice(0, -1)}${id.endsWith('A') ? 'E' : 'A'}`),
    },
    { position: payer.position },
  )
  const under = (secret: (realm: string) => string) =>
    rehearsal.act(
      'binding.guessed-secret',
      answering(fixtures, (issued) => ({ ...issued, id: Binding.id(issued, secret(issued.realm ?? '')) })),
    )
  await refusesEach(
    t,
    'binding.guessed-secret',
    {
      'no secret': under(() => ''),
      '"secret"': under(() => 'secret'),
      'the realm': under((realm) => realm),
      'the method': under(() => 'tempo'),
      'a secret from a README': under(() => 'test-vector-secret-minimum-32-byte-secret'),
    },
    { position: payer.position, money: 'the payer writes the terms' },
  )
}

/** A challenge that was issued for a body pays for that body alone. Top-ups: they ask for no content. */
async function digests(t: T, fixtures: Fixtures): Promise<void> {
  const { subject, payer, units } = fixtures
  const checks = ['binding.other-digest', 'binding.dropped-digest', 'binding.other-body'] as const
  if (!checks.some((check) => t.wants(check))) return
  const headers = [['content-type', 'application/json']] as const
  const asked = '{"prompt":"a line"}'
  const swapped = '{"prompt":"all of it"}'
  const issuedFor = async (body: string) => {
    const answer = await subject.request({ method: 'POST', headers, body, note: 'for a challenge' })
    await answer.text()
    return subject.sessionIn(answer)
  }
  if ((await issuedFor(asked))?.digest === undefined) {
    for (const check of checks) await t.check(check, () => absent('challenges carry no digest'))
    return
  }
  const channel = await payer.open()
  const topUp = async (body: string, alter: Alter) => {
    const issued = await issuedFor(asked)
    if (issued === undefined) throw new Blocked('no challenge for a request with a body')
    const prepared = await channel.prepareTopUp(units(2))
    return channel.presentTopUp(prepared, { method: 'POST', challenge: alter(issued), headers, body })
  }
  const attempt = (alter: Alter): Attempt => ({
    act: () => topUp(swapped, alter),
    twin: () => topUp(asked, (issued) => issued),
    position: channel.position,
  })
  const digest = Digest.encode(Utf8.encode(swapped))
  await refuses(
    t,
    checks[0],
    attempt((issued) => ({ ...issued, digest })),
  )
  await refuses(
    t,
    checks[1],
    attempt((issued) => without(issued, 'digest')),
  )
  await refuses(
    t,
    checks[2],
    attempt((issued) => issued),
  )
}
