/** An amount is decimal text of a running total that fits 96 bits, in every action; nothing is wrapped or rounded. */
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, equal, holdsIf } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { receiptFrom } from '../../../../peers/mpp/payer/receipt.ts'
import { refusesVouchers, uncollectable } from '../attempts.ts'
import type { Fixtures } from '../fixtures.ts'
import { refuses, refusesEach } from '../verbs.ts'

export const amount = scenario({
  id: 'mpp/server/amount',
  title: 'Amounts are running totals in decimal text that fit 96 bits',
  checks: {
    'amount.running-total': 'SESS-VOUCH-014',
    'amount.later-session': 'SESS-SETL-004',
    'amount.refusals-change-nothing': 'SESS-VOUCH-013',
    'amount.malformed': ['SESS-ENC-007', 'SESS-ENC-004'],
    'amount.malformed-open': ['SESS-ENC-007', 'SESS-ENC-004'],
    'amount.malformed-close': ['SESS-ENC-007', 'SESS-ENC-004'],
    'amount.malformed-top-up': ['SESS-ENC-007', 'SESS-ENC-004'],
    'amount.too-wide': 'SESS-DESC-006',
    'amount.too-wide-open': 'SESS-DESC-006',
    'amount.too-wide-close': 'SESS-DESC-006',
    'amount.too-wide-top-up': 'SESS-DESC-006',
  },
  faults: () => import('./amount.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    await totals(t, fixtures)
    await everyAction(t, fixtures)
  },
})

type T = Parameters<typeof amount.run>[0]

/** What a lenient reader would take for the amount. */
const malformed = (lawful: bigint): Record<string, unknown> => ({
  'a plus sign': `+${lawful}`,
  'an exponent': `${lawful}e0`,
  'a fraction': `${lawful}.0`,
  hex: `0x${lawful.toString(16)}`,
  'white space': `${lawful} `,
  'a separator': `${lawful.toString().slice(0, -3)}_000`,
  'full-width digits': [...lawful.toString()]
    .map((digit) => String.fromCodePoint(0xff10 + Number(digit)))
    .join(''),
  'a list': [lawful.toString()],
  nothing: null,
})

/** What would be the amount if it were cut to its width. */
const tooWide = (lawful: bigint): Record<string, unknown> =>
  Object.fromEntries(
    [96, 128, 256].map((bits) => [`2^${bits} more`, (2n ** BigInt(bits) + lawful).toString()]),
  )

async function totals(t: T, { payer, units }: Fixtures): Promise<void> {
  const channel = await payer.open()
  await t.check('amount.running-total', async () => {
    await (await channel.voucher(units(3))).text()
    const answer = await channel.voucher(units(5))
    await answer.text()
    if (!answer.accepted) throw new Blocked(`a voucher for two units more was answered ${answer.status}`)
    return equal(receiptFrom(answer, payer.subject)?.acceptedCumulative, units(5), 'acceptedCumulative')
  })
  await t.check('amount.refusals-change-nothing', async () => {
    const before = await channel.books()
    const junk = `0x${'5a'.repeat(64)}1b`
    const lower = Payload.toJson(await channel.signVoucher(units(2)))
    const above = Payload.toJson(await channel.signVoucher(channel.deposit + units(1)))
    const changes = [lower, above, { ...above, signature: junk }, { ...lower, signature: junk }]
    for (const payload of changes) await (await channel.send(payload)).text()
    const after = await channel.books()
    return holdsIf(
      before.accepted === after.accepted && before.spent === after.spent,
      `accepted ${before.accepted}, spent ${before.spent} after four refusals`,
      `accepted ${after.accepted}, spent ${after.spent}`,
    )
  })
  // Another session is another challenge: what was signed in the first one stands (SESS-ACCT-012).
  await refuses(t, 'amount.later-session', {
    act: async () => {
      const challenge = await payer.subject.challenge()
      const lower = Payload.toJson(await channel.signVoucher(units(4)))
      return channel.send(lower, { challenge, note: 'a lower voucher in a later session' })
    },
    twin: () => channel.voucher(units(6)),
    position: channel.position,
  })
}

/** The same texts as the amount of each action. The signature is for what a lenient reader would read. */
async function everyAction(t: T, fixtures: Fixtures): Promise<void> {
  const { payer, units } = fixtures
  const kinds = [
    ['amount.malformed', malformed],
    ['amount.too-wide', tooWide],
  ] as const
  for (const [check, texts] of kinds) {
    const vouchers = Object.entries(texts(units(4))).map(
      ([what, cumulativeAmount]) =>
        [
          what,
          async (channel: ChannelUnderTest) => {
            const lawful = Payload.toJson(await channel.signVoucher(units(4)))
            return channel.send({ ...lawful, cumulativeAmount }, { note: `an amount with ${what}` })
          },
        ] as const,
    )
    await refusesVouchers(t, check, fixtures, Object.fromEntries(vouchers), uncollectable)

    const few = (lawful: bigint) =>
      Object.entries(texts(lawful)).filter((_, i, { length }) => [0, 3, length - 1].includes(i))
    const openings = few(units(1)).map(
      ([what, cumulativeAmount]) =>
        [what, async () => payer.sendAltered(await payer.prepareOpen(), { cumulativeAmount })] as const,
    )
    const twin = async () => payer.send(await payer.prepareOpen())
    await refusesEach(t, `${check}-open`, Object.fromEntries(openings), { twin, position: payer.position })

    const closed = await payer.open()
    const closes = few(units(10)).map(
      ([what, cumulativeAmount]) =>
        [
          what,
          async () => {
            const lawful = Payload.toJson(await closed.signClose(units(10)))
            return closed.send({ ...lawful, cumulativeAmount })
          },
        ] as const,
    )
    await refusesEach(t, `${check}-close`, Object.fromEntries(closes), {
      twin: () => closed.close(units(10)),
      position: closed.position,
    })

    const raised = await payer.open()
    const topUps = few(units(10)).map(
      ([what, additionalDeposit]) =>
        [
          what,
          async () => {
            const lawful = Payload.toJson(await raised.prepareTopUp(units(10)))
            return raised.send({ ...lawful, additionalDeposit })
          },
        ] as const,
    )
    await refusesEach(t, `${check}-top-up`, Object.fromEntries(topUps), {
      twin: () => raised.topUp(units(10)),
      position: raised.position,
    })
  }
}
