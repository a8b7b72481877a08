/** Whole responses on one channel: each is charged once, none is served on credit, the books only grow. */

import type { Receipt } from '../../../../../src/mpp/wire/receipt.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, holds, holdsIf } from '../../../../kit/verdict.ts'
import type { Payer } from '../../../../peers/mpp/payer/payer.ts'
import { problemOf } from '../../../../peers/mpp/payer/problem.ts'
import { buy, type Purchase, received, servedOf } from '../../../../peers/mpp/payer/purchase.ts'
import { receiptFrom } from '../../../../peers/mpp/payer/receipt.ts'
import { describe, judgeLabel } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { refuses } from '../verbs.ts'

export const accounting = scenario({
  id: 'mpp/server/accounting',
  title: 'Each response is charged once, and none is served beyond what vouchers pay for',
  needs: ['plain'],
  checks: {
    'accounting.prepaid': 'SESS-ACCT-005',
    'accounting.receipt': ['SESS-ACCT-008', 'SESS-RCPT-001'],
    'accounting.books': ['SESS-ACCT-001', 'SESS-ACCT-009', 'SESS-RCPT-005'],
    'accounting.units': 'SESS-RCPT-004',
    'accounting.overspend': ['SESS-ACCT-005', 'SESS-ACCT-007'],
    'accounting.overspend-label': 'SESS-ERR-010',
    'accounting.required-top-up': ['SESS-ACCT-007', 'SESS-ERR-010'],
    'accounting.session-hop': 'SESS-ACCT-012',
    'accounting.monotone': 'SESS-ACCT-002',
    'accounting.invalid-voucher': 'SESS-ACCT-006',
    'accounting.invalid-voucher-answer': 'SESS-ACCT-006',
    'accounting.spellings': 'SESS-ACCT-003',
    'accounting.methods': 'SESS-GEN-001',
  },
  faults: () => import('./accounting.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const payer = await fixtures.anotherPayer(fixtures.subject.at('plain'))
    await spending(t, payer)
    await invalid(t, payer)
    await spellings(t, payer)
    await methods(t, payer)
  },
})

type T = Parameters<typeof accounting.run>[0]

const read = ({ answer }: Purchase): Receipt => {
  const receipt = receiptFrom(answer)
  if (receipt === undefined) throw new Blocked(`there is no receipt to read in a ${answer.status} response`)
  return receipt
}

/** Two and a half units are signed for: two responses, then none (A7), whatever the challenge. */
async function spending(t: T, payer: Payer): Promise<void> {
  const { units } = payer.subject
  const channel = await payer.open()
  const signed = units(2) + units(1) / 2n
  const first = await buy(channel, signed)
  if (!first.served) throw new Blocked(`a paid request was answered ${describe(first.answer, first.body)}`)
  const second = await buy(channel, signed)
  await t.check('accounting.prepaid', () =>
    holdsIf(second.served, '2xx: the balance still pays for it', describe(second.answer, second.body)),
  )
  await t.check('accounting.receipt', () =>
    holdsIf(
      receiptFrom(first.answer, payer.subject)?.channelId === channel.id,
      'a receipt of this channel with the content',
      first.answer.field('payment-receipt') ?? 'none',
    ),
  )
  await t.check('accounting.books', () => {
    const told = [first, second].map((each) => read(each))
    const said = told.map(({ acceptedCumulative, spent }) => `accepted ${acceptedCumulative}, spent ${spent}`)
    const truth = [first, second].map((each, i) => `accepted ${each.signed}, spent ${units(i + 1)}`)
    return equal(said.join('; '), truth.join('; '), 'the receipts say')
  })
  await t.check('accounting.units', () => {
    const { units: count } = read(second)
    return count === undefined ? absent('the receipt counts no units') : equal(count, 1, 'units')
  })

  const third = await buy(channel, signed)
  await t.check('accounting.overspend', () => {
    if (!second.served) throw new Blocked('the second response was not served')
    return third.answer.status === 402
      ? holds
      : broken('402', describe(third.answer, third.body), { money: 'served on credit' })
  })
  await t.check('accounting.overspend-label', () =>
    judgeLabel(third.answer, third.body, ['session/insufficient-balance']),
  )
  await t.check('accounting.required-top-up', () => {
    if (!second.served || third.served) throw new Blocked('it was not refused for want of balance')
    const required = problemOf(third.body)?.['requiredTopUp']
    const missing = (units(3) - third.signed).toString()
    if (typeof required === 'number')
      return broken(`"${missing}" as text`, String(required), { softly: true })
    return equal(required, missing, 'requiredTopUp')
  })

  const more = signed + units(1)
  const fourth = await buy(channel, more)
  const hop = await buy(channel, more, { note: 'all is spent; under a fresh challenge' })
  await t.check('accounting.session-hop', () => {
    if (!fourth.served) throw new Blocked('the voucher for one unit more bought nothing')
    return hop.served
      ? broken('402', describe(hop.answer, hop.body), { money: 'what was spent is spent again' })
      : holds
  })
  const lower = await buy(channel, units(1), { note: 'a lower voucher' })
  const last = await buy(channel, more + units(1))
  await t.check('accounting.monotone', () => {
    const told = [first, second, third, fourth, hop, lower, last].flatMap(({ receipt }) => receipt ?? [])
    const falls = told.findIndex(
      (each, i) =>
        i > 0 &&
        (each.spent < (told[i - 1] as Receipt).spent ||
          each.acceptedCumulative < (told[i - 1] as Receipt).acceptedCumulative),
    )
    if (told.length < 3) throw new Blocked('fewer than three receipts came')
    const [before, after] = [told[falls - 1], told[falls]].map(
      (each) => `accepted ${each?.acceptedCumulative}, spent ${each?.spent}`,
    )
    return falls < 0 ? holds : broken(`nothing below ${before}`, `${after} afterwards`)
  })
}

/** A request for content whose voucher is not the payer's: no content, a challenge, the books as they were. */
async function invalid(t: T, payer: Payer): Promise<void> {
  const { units } = payer.subject
  const channel = await payer.open()
  const junk = () =>
    channel.voucher(
      units(2),
      { signature: `0x${'5a'.repeat(64)}1b` },
      { method: 'GET', note: 'a junk voucher' },
    )
  await refuses(t, 'accounting.invalid-voucher', {
    act: junk,
    twin: async () => (await buy(channel, units(2))).answer,
    position: channel.position,
    money: 'service for nothing',
  })
  await t.check('accounting.invalid-voucher-answer', async () => {
    const answer = await junk()
    const body = await answer.text()
    const offered = /payment/i.test(answer.field('www-authenticate') ?? '')
    return holdsIf(
      answer.status === 402 && offered,
      '402 with a fresh challenge',
      `${describe(answer, body)}, ${offered ? 'a' : 'no'} challenge`,
    )
  })
}

/** Three units are signed for; every spelling of the channel id spends from the same three. */
async function spellings(t: T, payer: Payer): Promise<void> {
  const { units } = payer.subject
  await t.check('accounting.spellings', async () => {
    const channel = await payer.open()
    const upper = (hex: string) => `0x${hex.slice(2).toUpperCase()}`
    const mixed = (hex: string) =>
      hex.replace(/[a-f]/g, (digit, at: number) => (at % 2 ? upper(`0x${digit}`).slice(2) : digit))
    const purchases: Purchase[] = []
    for (const spell of [(hex: string) => hex, upper, mixed, upper, mixed]) {
      purchases.push(await buy(channel, units(3), { change: channel.spelt(spell) }))
    }
    const served = servedOf(purchases)
    if (served === 0) throw new Blocked('nothing was served')
    return served <= 3
      ? holds
      : broken('at most three responses', `${served}`, { money: 'one voucher is spent once per spelling' })
  })
}

/** A voucher may come by any method (D7: HEAD is free). */
async function methods(t: T, payer: Payer): Promise<void> {
  const { units } = payer.subject
  await t.check('accounting.methods', async () => {
    const channel = await payer.open()
    const refused: string[] = []
    let signed = 1
    for (const method of ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const { answer } = await received(channel, await channel.voucher(units(++signed), {}, { method }))
      if (!answer.accepted) refused.push(`${method} ${answer.status}`)
    }
    return holdsIf(refused.length === 0, '2xx to a voucher by any method', refused.join(', '))
  })
}
