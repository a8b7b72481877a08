/** How a credential is written, where it may stand, and what else may stand beside it. */
import * as Base64url from '../../../../../src/codec/base64url.ts'
import * as Jcs from '../../../../../src/codec/jcs.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import * as Credential from '../../../../../src/mpp/wire/credential.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { broken, holds } from '../../../../kit/verdict.ts'
import { rawParameters } from '../../../../peers/mpp/payer/offer.ts'
import type { PreparedOpen } from '../../../../peers/mpp/payer/payer.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { Rehearsal } from '../rehearsal.ts'
import { accepts, refuses, refusesAs, refusesEach } from '../verbs.ts'

export const credential = scenario({
  id: 'mpp/server/credential',
  title: 'A credential is read in every form it may have, and in no other',
  checks: {
    'credential.scheme-case': 'CORE-CRED-010',
    'credential.spaces': 'CORE-CRED-001',
    'credential.unknown-members': 'CORE-CRED-009',
    'credential.large': 'CORE-CRED-006',
    'credential.malformed': ['CORE-STAT-002', 'CORE-CRED-003', 'CORE-CRED-012'],
    'credential.malformed-label': ['CORE-PROB-003', 'CORE-STAT-002'],
    'credential.padded': 'CORE-CRED-002',
    'credential.other-alphabet': 'CORE-CRED-002',
    'credential.wrong-shape': ['CORE-CRED-013', 'CORE-PROB-009'],
    'credential.wrong-shape-label': ['CORE-PROB-009', 'CORE-CRED-013'],
    'credential.other-scheme': 'CORE-CRED-011',
    'credential.decoy': 'CORE-CRED-011',
    'credential.two': ['CORE-CRED-008', 'CORE-HDR-016'],
    'credential.two-fields': ['CORE-HDR-016', 'CORE-CRED-008'],
    'credential.other-field': 'CORE-HDR-010',
    'credential.foreign-field': 'CORE-CRED-011',
  },
  faults: () => import('./credential.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    await forms(t, fixtures)
    const rehearsal = new Rehearsal<Check>(fixtures.payer)
    await malformed(t, fixtures, rehearsal)
    await shapes(t, fixtures, rehearsal)
    await company(t, fixtures, rehearsal)
    await rehearsal.prove(t)
    await severalAtOnce(t, fixtures)
  },
})

type T = Parameters<typeof credential.run>[0]

/** A lawful open, its credential, and the field it belongs in. */
interface Prepared {
  open: PreparedOpen
  credential: Credential.Credential
  field: string
}

async function prepare({ subject, payer }: Fixtures, prepared?: PreparedOpen): Promise<Prepared> {
  const issued = await subject.challenge()
  const open = prepared ?? (await payer.prepareOpen())
  const lawful = subject.credential(issued, Payload.toJson(open.payload), { account: payer.account })
  return { open, credential: lawful, field: Challenge.credentialField(issued) ?? 'Authorization' }
}

type Headers = readonly (readonly [string, string])[]

/** A lawful open sent in fields that are built from it. */
const sending =
  (fixtures: Fixtures, build: (prepared: Prepared) => Headers) => async (open?: PreparedOpen) => {
    const prepared = await prepare(fixtures, open)
    const answer = await fixtures.subject.request({
      method: fixtures.subject.management,
      headers: build(prepared),
    })
    return fixtures.payer.took(answer, prepared.open)
  }

type Check = Parameters<T['check']>[0]

const token = (value: object): string => Base64url.encode(Jcs.encode(value))

/** The lawful credential with a member more, so that its text has the wanted property. */
function tokenWith(lawful: Credential.Credential, wanted: (text: string) => boolean): string {
  for (let i = 0; i < 256; i++) {
    const text = token({ ...lawful, filler: `${String.fromCharCode(0x4e00 + i * 7)}${'~?'.repeat(i % 5)}` })
    if (wanted(text)) return text
  }
  throw new RangeError('no filler gives such a text')
}

/** Forms that look odd and must be taken: vouchers of one channel, each a unit above the one before. */
async function forms(t: T, { subject, payer, units }: Fixtures): Promise<void> {
  const channel = await payer.open()
  const taken = (check: Check, write: (lawful: Credential.Credential) => string) =>
    accepts(t, check, async () => {
      const amount = channel.accepted + units(1)
      const [issued, voucher] = await Promise.all([subject.challenge(), channel.signVoucher(amount)])
      const lawful = subject.credential(issued, Payload.toJson(voucher), { account: payer.account })
      const field = Challenge.credentialField(issued) ?? 'Authorization'
      const headers = [[field, write(lawful)]] as const
      return channel.took(await subject.request({ method: subject.management, headers }), amount)
    })
  await taken('credential.scheme-case', (lawful) => `pAYMENT ${token(lawful)}`)
  await taken('credential.spaces', (lawful) => `Payment   ${token(lawful)}`)
  await taken(
    'credential.unknown-members',
    (lawful) =>
      `Payment ${token({ ...lawful, later: [1], challenge: { ...lawful.challenge, later: { a: null } } })}`,
  )
  await taken('credential.large', (lawful) => `Payment ${token({ ...lawful, filler: 'x'.repeat(6_000) })}`)
}

/** What cannot be decoded is malformed, and is told so. */
async function malformed(t: T, fixtures: Fixtures, rehearsal: Rehearsal<Check>): Promise<void> {
  const { subject, payer } = fixtures
  const plain = (value: string) =>
    rehearsal.act('credential.malformed', () =>
      subject.request({ method: subject.refusable, headers: [['authorization', value]] }),
    )
  const text = (value: string | Uint8Array) => plain(`Payment ${Base64url.encode(value)}`)
  await refusesAs(t, 'credential.malformed', 'credential.malformed-label', ['malformed-credential'], {
    act: plain('Payment not*base64url'),
    position: payer.position,
  })
  const lawful = await prepare(fixtures)
  const json = Jcs.encode(lawful.credential)
  await refusesEach(
    t,
    'credential.malformed',
    {
      'nothing after the scheme': plain('Payment'),
      'parameters instead of a value': plain('Payment id="x", realm="y"'),
      'an unterminated quote': plain('Payment id="x'),
      'no JSON': text('a poem'),
      'half of the JSON': text(json.slice(0, json.length / 2)),
      'an array': text(`[${json}]`),
      'no challenge': text(Jcs.encode({ payload: lawful.credential.payload })),
      'no payload': text(Jcs.encode({ challenge: lawful.credential.challenge })),
      'a payload of text': text(Jcs.encode({ ...lawful.credential, payload: 'voucher' })),
      'what is no UTF-8': text(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
      'a number past every double': text('{"challenge":{},"payload":{"amount":1e400}}'),
      'deep nesting': text(`{"payload":${'['.repeat(5_000)}${']'.repeat(5_000)}}`),
    },
    { position: payer.position },
  )
  const padded = sending(fixtures, ({ credential: whole, field }) => {
    const unpadded = tokenWith(whole, ({ length }) => length % 4 > 1)
    return [[field, `Payment ${unpadded}${'='.repeat(4 - (unpadded.length % 4))}`]]
  })
  await refuses(t, 'credential.padded', rehearsal.attempt('credential.padded', padded))
  const alphabet = sending(fixtures, ({ credential: whole, field }) => {
    const both = tokenWith(whole, (written) => written.includes('-') && written.includes('_'))
    return [[field, `Payment ${both.replaceAll('-', '+').replaceAll('_', '/')}`]]
  })
  await refuses(t, 'credential.other-alphabet', rehearsal.attempt('credential.other-alphabet', alphabet))
}

/** A payload that does not fit the method. */
async function shapes(t: T, fixtures: Fixtures, rehearsal: Rehearsal<Check>): Promise<void> {
  const { payer } = fixtures
  const altered = (change: object) =>
    rehearsal.act(
      'credential.wrong-shape',
      sending(fixtures, ({ credential: lawful, field }) => [
        [field, Credential.encode({ ...lawful, payload: { ...lawful.payload, ...change } })],
      ]),
    )
  // Where a field of the method is wrong, either status of the table is right (spec/readings.md B3).
  await refusesAs(
    t,
    'credential.wrong-shape',
    'credential.wrong-shape-label',
    ['invalid-payload', 'malformed-credential', 'bad-request'],
    { act: altered({ channelId: 7 }), position: payer.position },
  )
  await refusesEach(
    t,
    'credential.wrong-shape',
    {
      'no action': altered({ action: null }),
      'a type nobody defined': altered({ type: 'hash' }),
      'a transaction of words': altered({ transaction: 'please' }),
      'an amount in an array': altered({ cumulativeAmount: ['1'] }),
    },
    { position: payer.position },
  )
}

/** Other schemes, in either field. */
async function company(t: T, fixtures: Fixtures, rehearsal: Rehearsal<Check>): Promise<void> {
  const { subject, payer } = fixtures
  const prepared = await prepare(fixtures)
  const whole = Credential.encode(prepared.credential)
  const unpaid = (check: Parameters<T['check']>[0], values: readonly string[]) =>
    t.check(check, async () => {
      for (const value of values) {
        const headers = [['authorization', value]] as const
        const answer = payer.took(
          await subject.request({ method: subject.management, headers }),
          prepared.open,
        )
        const body = await answer.text()
        if (answer.status !== 402 || rawParameters(answer) === undefined)
          return broken(`402 with a challenge to ${value.slice(0, 40)}`, describe(answer, body))
        if (/malformed-credential/.test(body))
          return broken(`${value.slice(0, 40)} to count as no payment`, describe(answer, body))
      }
      return holds
    })
  await unpaid('credential.other-scheme', ['Bearer abcdef', 'Basic dXNlcjpwYXNz', 'Payments abcdef'])
  await unpaid('credential.decoy', [
    `Digest username="${whole}", realm="x"`,
    'Digest username="a, Payment b", realm="x"',
  ])
  const elsewhere = sending(fixtures, ({ credential: lawful, field }) => [
    [field === 'Authorization' ? Challenge.alternateField : 'Authorization', Credential.encode(lawful)],
  ])
  await refuses(t, 'credential.other-field', rehearsal.attempt('credential.other-field', elsewhere))
  await accepts(
    t,
    'credential.foreign-field',
    sending(fixtures, ({ credential: lawful, field }) => [
      [field, Credential.encode(lawful)],
      [field === 'Authorization' ? Challenge.alternateField : 'Authorization', 'Bearer abcdef'],
    ]),
  )
}

/** Two payments in one request: never both taken, better neither (spec/readings.md B12). */
async function severalAtOnce(t: T, fixtures: Fixtures): Promise<void> {
  const both = (check: Parameters<T['check']>[0], ways: readonly ((a: string, b: string) => Headers)[]) =>
    t.check(check, async () => {
      for (const write of ways) {
        const [a, b] = [await prepare(fixtures), await prepare(fixtures)]
        const values = [a, b].map(({ credential: lawful }) => Credential.encode(lawful)) as [string, string]
        const answer: Exchange = await fixtures.subject.request({
          method: fixtures.subject.management,
          headers: write(...values),
        })
        const said = describe(answer, await answer.text())
        const opened = await Promise.all(
          [a, b].map(async ({ open }) => (await open.channel.slot()).deposit > 0n),
        )
        for (const [i, { open }] of [a, b].entries()) {
          if (!opened[i]) continue
          fixtures.payer.remember(open.channel)
          open.channel.mayHold(open.payload.cumulativeAmount)
        }
        const count = opened.filter(Boolean).length
        // A server that never selected the other field need not know it (spec/readings.md R5).
        const unknown = check === 'credential.two-fields' && a.credential.challenge.header === undefined
        if (unknown && count === 1) continue
        if (count > 0 || answer.accepted)
          return broken('400: one payment a request', `${said}, ${count} of 2 taken`, {
            ...(count > 1 ? { money: 'the payer pays twice for one answer' } : {}),
          })
        if (answer.status !== 400 && answer.status !== 402) return broken('400', said)
      }
      return holds
    })
  await both('credential.two', [
    (a, b) => [['authorization', `${a}, ${b}`]],
    (a, b) => [
      ['authorization', a],
      ['authorization', b],
    ],
  ])
  await both('credential.two-fields', [
    (a, b) => [
      ['authorization', a],
      [Challenge.alternateField, b],
    ],
  ])
}
