/** A resource behind a login: Authorization stays with the login, every payment travels in Payment-Authorization. */
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import * as Credential from '../../../../../src/mpp/wire/credential.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, type Finding, holds, holdsIf } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { rawParameters, without } from '../../../../peers/mpp/payer/offer.ts'
import { buy } from '../../../../peers/mpp/payer/purchase.ts'
import type { SendOptions, Subject } from '../../../../peers/mpp/payer/subject.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { refuses, refusesEach } from '../verbs.ts'

/** The credential of the login, as conformance/kit/capability.ts promises it. */
const login = ['authorization', 'Bearer open-sesame'] as const

export const loginScenario = scenario({
  id: 'mpp/server/login',
  title: 'A login and a payment fit in one request, and neither stands in for the other',
  needs: ['login'],
  checks: {
    'login.first': ['CORE-STAT-014', 'CORE-STAT-010'],
    'login.then-payment': ['CORE-STAT-014', 'CORE-STAT-001'],
    'login.selects': 'CORE-HDR-014',
    'login.whole-session': 'CORE-HDR-015',
    'login.content': ['CORE-HDR-015', 'CORE-CRED-011'],
    'login.foreign': 'CORE-CRED-011',
    'login.in-authorization': 'CORE-HDR-009',
    'login.dropped-header': 'CORE-HDR-011',
    'login.resplit': 'CORE-BIND-018',
    'login.cache': 'CORE-HDR-012',
  },
  faults: () => import('./login.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const subject = fixtures.subject.at('login')
    const stranger = await subject.request()
    await stranger.text()
    await t.check('login.first', () =>
      holdsIf(stranger.status === 401, '401 before payment is asked for', String(stranger.status)),
    )
    const known = await subject.request({ headers: [login] })
    await known.text()
    const raw = rawParameters(known, subject.wallet)
    await t.check('login.then-payment', () =>
      holdsIf(known.status === 402 && raw !== undefined, '402 with a challenge', String(known.status)),
    )
    if (raw === undefined) throw new Blocked('no challenge after the login')
    await t.check('login.selects', () =>
      holdsIf(
        raw.get('header') === Challenge.alternateField,
        Challenge.alternateField,
        `${raw.get('header')}`,
      ),
    )
    if (raw.get('header') === undefined) throw new Blocked('payment and login want the same field')

    const answers: Exchange[] = [known]
    const channel = await session(t, fixtures, subject, answers)
    await elsewhere(t, fixtures, subject, channel)
    await t.check('login.foreign', async () => {
      const headers = [login, [Challenge.alternateField, 'Bearer abcdef']] as const
      const answer = await subject.request({ headers })
      const body = await answer.text()
      return holdsIf(answer.status === 402, '402: no payment was made', describe(answer, body))
    })
    await t.check('login.cache', () => cached(answers))
  },
})

type T = Parameters<typeof loginScenario.run>[0]

/** A fresh challenge behind the login. */
async function challengeOf(subject: Subject): Promise<Challenge.Challenge> {
  const answer = await subject.request({ headers: [login], note: 'for a fresh challenge' })
  await answer.text()
  const found = subject.sessionIn(answer)
  if (found === undefined) throw new Blocked(`no tempo session challenge in a ${answer.status} response`)
  return found
}

/** To the resource, with the login beside the payment. */
const logged = async (subject: Subject): Promise<SendOptions> => ({
  on: subject,
  challenge: await challengeOf(subject),
  headers: [login],
})

/** Open, voucher, HEAD voucher, top-up, content and close: all in the field the challenge selects. */
async function session(
  t: T,
  { payer, units }: Fixtures,
  subject: Subject,
  answers: Exchange[],
): Promise<ChannelUnderTest> {
  const keep = async (answer: Exchange) => {
    await answer.text()
    answers.push(answer)
    return answer
  }
  const prepared = await payer.prepareOpen()
  const { channel } = prepared
  await t.check('login.whole-session', async () => {
    const steps: Record<string, () => Promise<Exchange>> = {
      open: async () => payer.send(prepared, await logged(subject)),
      voucher: async () => channel.voucher(units(2), {}, await logged(subject)),
      'HEAD voucher': async () =>
        channel.voucher(units(3), {}, { ...(await logged(subject)), method: 'HEAD' }),
      topUp: async () => channel.presentTopUp(await channel.prepareTopUp(units(5)), await logged(subject)),
      close: async () => {
        const other = await payer.open()
        return other.close(other.accepted, {}, await logged(subject))
      },
    }
    for (const [what, step] of Object.entries(steps)) {
      const answer = await keep(await step())
      if (!answer.accepted)
        return broken(`2xx to the ${what} in ${Challenge.alternateField}`, String(answer.status))
    }
    return holds
  })
  await t.check('login.content', async () => {
    const { served, answer, body } = await buy(channel, units(4), await logged(subject))
    answers.push(answer)
    return holdsIf(served, 'content for login and payment together', describe(answer, body))
  })
  const bad = await channel.send(
    { ...Payload.toJson(await channel.signVoucher(units(5))), signature: `0x${'11'.repeat(64)}1b` },
    await logged(subject),
  )
  await keep(bad)
  await keep(await subject.request({ headers: [login, [Challenge.alternateField, 'Payment ?']] }))
  return channel
}

/** The same payment in the wrong field, or in answer to a challenge that selects none. */
async function elsewhere(
  t: T,
  { units }: Fixtures,
  subject: Subject,
  channel: ChannelUnderTest,
): Promise<void> {
  const payload = Payload.toJson(await channel.signVoucher(units(6)))
  const twin = async () => channel.took(await channel.send(payload, await logged(subject)), units(6))
  const { account } = channel.payer
  const sent = async (
    alter: (issued: Challenge.Challenge) => Challenge.Challenge,
    place: (value: string) => readonly (readonly [string, string])[],
  ) => {
    const issued = alter(await challengeOf(subject))
    const value = Credential.encode(subject.credential(issued, payload, { account }))
    return channel.took(
      await subject.request({ method: subject.management, headers: place(value) }),
      units(6),
    )
  }
  const beside = (value: string) => [login, [Challenge.alternateField, value]] as const
  const instead = (value: string) => [['authorization', value]] as const
  const after = (value: string) => [['authorization', `${login[1]}, ${value}`]] as const
  const asIssued = (issued: Challenge.Challenge) => issued
  await refusesEach(
    t,
    'login.in-authorization',
    { 'instead of the login': () => sent(asIssued, instead), 'after the login': () => sent(asIssued, after) },
    { twin, position: channel.position },
  )
  await refuses(t, 'login.dropped-header', {
    act: () => sent((issued) => without(issued, 'header'), beside),
    twin,
    position: channel.position,
  })
  // Without `header` these echoes join to the same text as the challenge with it (spec/readings.md R12).
  const resplit = (issued: Challenge.Challenge) => ({
    ...without(issued, 'header'),
    opaque: `${Challenge.alternateField}|${issued.opaque ?? ''}`,
  })
  await refusesEach(
    t,
    'login.resplit',
    { beside: () => sent(resplit, beside), instead: () => sent(resplit, instead) },
    { twin, position: channel.position },
  )
}

/** Shared caches know Authorization, not the other field (spec/readings.md R9). */
function cached(answers: readonly Exchange[]): Finding {
  const paid = answers.slice(1)
  if (paid.length === 0) return absent('no payment was answered')
  const wrong = paid.find((answer) => !/\b(private|no-store)\b/i.test(answer.field('cache-control') ?? ''))
  if (wrong === undefined) return holds
  const actual = `${wrong.field('cache-control') ?? 'none'} with ${wrong.status}`
  return broken('Cache-Control private or no-store', actual, { exchange: wrong.number })
}
