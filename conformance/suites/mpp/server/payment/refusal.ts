/** What every refusal says, whatever was wrong: the whole answer, nothing that contradicts, nothing it should not tell. */

import * as Base64url from '../../../../../src/codec/base64url.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import * as Problem from '../../../../../src/mpp/wire/problem.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, type Finding, holds, holdsIf, unjudged } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { offers } from '../../../../peers/mpp/payer/offer.ts'
import { judgedProblem, problemOf } from '../../../../peers/mpp/payer/problem.ts'
import { describe, judgeLabel } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { stranger } from '../strangers.ts'
import { accepts } from '../verbs.ts'
import { noReceipts } from './no-receipts.ts'

export const refusal = scenario({
  id: 'mpp/server/refusal',
  title: 'Every refusal is complete, agrees with itself, and tells no secrets',
  checks: {
    'refusal.challenge': ['CORE-STAT-007', 'CORE-STAT-009', 'CORE-STAT-013'],
    'refusal.fresh-challenge': 'CORE-STAT-008',
    'refusal.another-challenge': 'CORE-STAT-008',
    'refusal.no-store': 'CORE-CACHE-001',
    'refusal.no-receipt': 'CORE-RCPT-005',
    'refusal.problem': ['CORE-PROB-001', 'CORE-PROB-012'],
    'refusal.type': 'CORE-PROB-002',
    'refusal.status': ['CORE-PROB-003', 'CORE-PROB-004', 'CORE-PROB-008', 'CORE-PROB-011'],
    'refusal.proof': 'CORE-STAT-004',
    'refusal.no-echo': 'CORE-PROB-005',
    'refusal.no-error-parameters': 'CORE-PROB-007',
    'refusal.retry-after': 'CORE-PROB-006',
  },
  faults: () => import('./refusal.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const { payer, subject } = fixtures
    const channel = await payer.open()
    const refusals = await collect(fixtures, channel)
    await complete(t, refusals)
    await consistent(t, refusals)
    await silent(t, refusals)
    await accepts(t, 'refusal.fresh-challenge', async () => {
      const issued = await subject.challenge()
      const refused = await channel.send(
        { action: 'voucher' },
        { challenge: { ...issued, id: 'x' }, method: subject.refusable },
      )
      await refused.text()
      const fresh = subject.sessionIn(refused)
      if (refused.status !== 402) throw new Blocked(`a forged id was answered ${refused.status}`)
      return fresh === undefined ? refused : payer.send(await payer.prepareOpen(), { challenge: fresh })
    })
    await t.check('refusal.another-challenge', () => renewed(fixtures))
    await tooFast(t, channel)
    await t.check('refusal.no-receipt', () => noReceipts(t.recorder, channel))
  },
})

type T = Parameters<typeof refusal.run>[0]

/** An answer that should be a refusal, and what was sent for it. */
interface Refusal {
  what: string
  answer: Exchange
  body: string
  /** Texts of the request that no answer repeats. */
  secrets: readonly string[]
}

/** One refusal of each kind. */
async function collect({ subject, payer, units }: Fixtures, channel: ChannelUnderTest): Promise<Refusal[]> {
  const lawful = Payload.toJson(await channel.signVoucher(units(2)))
  const byStranger = Payload.toJson(await channel.signVoucher(units(2), stranger))
  const unopened = await payer.prepareOpen()
  const issued = await subject.challenge()
  const paid = (payload: object, challenge = issued) => ({ payload, challenge })
  const sent = {
    'a forged id': paid(lawful, { ...issued, id: Base64url.encode(new Uint8Array(32).fill(9)) }),
    'another realm': paid(lawful, { ...issued, realm: `${issued.realm}.example` }),
    'another method': paid(lawful, { ...issued, method: 'stripe' }),
    "a stranger's voucher": paid(byStranger),
    'no signature': paid({ ...lawful, signature: '0x' }),
    'an amount in words': paid({ ...lawful, cumulativeAmount: 'all of it' }),
    'more than the deposit': paid(Payload.toJson(await channel.signVoucher(channel.deposit + 1n))),
    'an unknown channel': paid(Payload.toJson(await unopened.channel.signVoucher(units(1)))),
    "a stranger's close": paid(Payload.toJson(await channel.signClose(units(2), stranger))),
  }
  const out: Refusal[] = []
  const keep = async (what: string, answer: Exchange, secrets: string[] = []) =>
    void out.push({ what, answer, body: await answer.text(), secrets })
  await keep('no credential', await subject.request())
  for (const value of ['Payment not*base64url', `Payment ${Base64url.encode('{"challenge":{}}')}`])
    await keep('garbage', await subject.request({ headers: [['authorization', value]] }), [value.slice(8)])
  for (const [what, { payload, challenge }] of Object.entries(sent)) {
    const { signature = '' } = payload as { signature?: string }
    const token = Base64url.encode(JSON.stringify(payload)).slice(8, 72)
    const secrets = [token, ...(signature.length > 2 ? [signature] : [])]
    const answer = await channel.send(payload, { challenge, impatient: true, method: subject.refusable })
    // Taken under a challenge that was altered, it is a lawful voucher all the same.
    if (payload === lawful) channel.took(answer, units(2))
    await keep(what, answer, secrets)
  }
  const garbled = { ...Payload.toJson(unopened.payload), signature: byStranger.signature }
  await keep(
    "an open with a stranger's voucher",
    await channel.send(garbled, { challenge: issued, method: subject.refusable }),
    [unopened.payload.transaction],
  )
  const two = Base64url.encode('{}')
  await keep(
    'two credentials',
    await subject.request({ headers: [['authorization', `Payment ${two}, Payment ${two}`]] }),
  )
  // What is taken has checks of its own; the refusals of the others are judged all the same.
  const refused = out.filter(({ answer }) => !answer.accepted)
  if (refused.length === 0) throw new Blocked('nothing unlawful was refused')
  return refused
}

/** The first refusal that is not as it should be. */
function each(refusals: readonly Refusal[], judge: (refusal: Refusal) => Finding): Finding {
  for (const refusal of refusals) {
    const finding = judge(refusal)
    if (finding.found === 'broken')
      return {
        ...finding,
        actual: `${finding.actual} for ${refusal.what}`,
        exchange: refusal.answer.number,
      }
  }
  return holds
}

const with402 = (refusals: readonly Refusal[]) => refusals.filter(({ answer }) => answer.status === 402)

async function complete(t: T, refusals: readonly Refusal[]): Promise<void> {
  await t.check('refusal.challenge', () =>
    each(with402(refusals), ({ answer }) =>
      holdsIf(offers(answer).length > 0, 'a Payment challenge with every 402', 'none'),
    ),
  )
  await t.check('refusal.no-store', () =>
    each(with402(refusals), ({ answer }) => {
      const cache = answer.field('cache-control') ?? 'none'
      return holdsIf(/\bno-store\b/i.test(cache), 'Cache-Control: no-store with every 402', cache)
    }),
  )
  await t.check('refusal.problem', () =>
    each(refusals, ({ answer, body }) => {
      const type = answer.field('content-type') ?? 'none'
      const problem = judgedProblem(body)
      return holdsIf(
        /^application\/problem\+json\b/i.test(type) &&
          problem?.title !== undefined &&
          problem.status !== undefined &&
          problem.detail !== undefined,
        'problem+json with type, title, status, detail',
        `${answer.status} ${type}: ${body.slice(0, 120)}`,
      )
    }),
  )
}

/** Type, status of the body and status of the response go together (spec/readings.md B1, B2, B3, B8). */
async function consistent(t: T, refusals: readonly Refusal[]): Promise<void> {
  const labelled = refusals.flatMap((refusal) => {
    const problem = problemOf(refusal.body)
    return problem === undefined ? [] : [{ ...refusal, problem }]
  })
  const known = (
    check: 'refusal.type' | 'refusal.status',
    judge: (one: (typeof labelled)[number]) => Finding,
  ) =>
    t.check(check, () =>
      labelled.length === 0
        ? absent('no refusal has a problem body')
        : each(labelled, (refusal) => judge(refusal as (typeof labelled)[number])),
    )
  await known('refusal.type', ({ problem }) =>
    holdsIf(Problem.slug(problem) !== undefined, `a type of ${Problem.base}`, problem.type),
  )
  await known('refusal.status', ({ problem, answer: { status } }) => {
    const slug = Problem.slug(problem)
    if (problem.status !== undefined && problem.status !== status)
      return broken(`status ${status} in the body`, `status ${problem.status}`)
    if (slug === undefined) return holds
    const either = slug.startsWith('session/') || slug === 'method-unsupported' ? [402] : []
    const right = [Problem.table[slug].status, ...either]
    return holdsIf(right.includes(status as never), `${right.join(' or ')} with ${slug}`, String(status))
  })
  await t.check('refusal.proof', () => {
    const one = refusals.find(({ what }) => what === "a stranger's voucher")
    if (one === undefined) throw new Blocked("a stranger's voucher was not refused")
    if (one.answer.status !== 402) return broken('402', describe(one.answer, one.body))
    return judgeLabel(one.answer, one.body, [
      'session/signer-mismatch',
      'session/invalid-signature',
      'verification-failed',
    ])
  })
}

/** Parameters that would tell an error where only a challenge belongs. */
const errorParameters = [
  'error',
  'error_description',
  'error_uri',
  'detail',
  'title',
  'type',
  'status',
  'reason',
]

async function silent(t: T, refusals: readonly Refusal[]): Promise<void> {
  await t.check('refusal.no-echo', () =>
    each(refusals, ({ body, secrets }) =>
      holdsIf(!secrets.some((text) => body.includes(text)), 'no word of the credential in the body', body),
    ),
  )
  await t.check('refusal.no-error-parameters', () =>
    each(refusals, ({ answer }) => {
      const found = offers(answer).flatMap((params) => errorParameters.filter((name) => params.has(name)))
      return holdsIf(found.length === 0, 'errors told in the body alone', `parameter ${found.join(', ')}`)
    }),
  )
}

/**
 * A challenge does not come back with the refusal of what answered it, whatever is wrong, whoever is refused. Each
 * credential is lawful but for one thing, and is sent in every way that a payment may come.
 */
async function renewed({ subject, payer, units }: Fixtures): Promise<Finding> {
  const issued = await subject.challenge()
  const sibling = await subject.challenge()
  // An id may be a digest of the terms and of a coarse clock: then a challenge comes back without any fault.
  if (sibling.id === issued.id) return absent('challenges are alike as long as their terms are')
  const channel = await payer.open()
  const unopened = await payer.prepareOpen()
  const byStranger = Payload.toJson(await channel.signVoucher(units(2), stranger))
  const acts: Readonly<Record<string, object>> = {
    "a stranger's voucher": byStranger,
    'a voucher above the deposit': Payload.toJson(await channel.signVoucher(channel.deposit + 1n)),
    'a voucher of a channel that is not open': Payload.toJson(await unopened.channel.signVoucher(units(1))),
    "an open with a stranger's voucher": {
      ...Payload.toJson(unopened.payload),
      signature: (await unopened.channel.signVoucher(unopened.payload.cumulativeAmount, stranger)).signature,
    },
    "a stranger's close": Payload.toJson(await channel.signClose(units(2), stranger)),
  }
  let seen = 0
  for (const [what, payload] of Object.entries(acts))
    for (const method of ['POST', 'GET', 'HEAD']) {
      const refused = await channel.send(payload, { challenge: issued, method })
      await refused.text()
      const fresh = refused.status === 402 ? subject.sessionIn(refused) : undefined
      if (fresh === undefined) continue
      seen++
      if (fresh.id === issued.id)
        return broken('another challenge than the one refused', `the same one, for ${what} by ${method}`, {
          exchange: refused.number,
        })
    }
  return seen > 0 ? holds : unjudged('no refusal brought a challenge')
}

/** The same voucher many times at once: a server that limits says when to come back (spec/readings.md B13). */
const repeats = 60

async function tooFast(t: T, channel: ChannelUnderTest): Promise<void> {
  await t.check('refusal.retry-after', async () => {
    const challenge = await channel.payer.subject.challenge()
    const payload = Payload.toJson(await channel.signVoucher(channel.accepted))
    const answers = await Promise.all(
      Array.from({ length: repeats }, async () => {
        const answer = await channel.send(payload, { challenge, impatient: true })
        await answer.text()
        return answer
      }),
    )
    const limited = answers.find(
      (answer) => answer.status === 429 || answer.field('retry-after') !== undefined,
    )
    if (limited === undefined) return absent(`${repeats} vouchers at once were not limited`)
    const retryAfter = limited.field('retry-after') ?? 'none'
    return holdsIf(
      /^([0-9]+|[A-Z][a-z]{2}, .+ GMT)$/.test(retryAfter),
      'Retry-After with seconds or a date',
      `${limited.status}, ${retryAfter}`,
    )
  })
}
