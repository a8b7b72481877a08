/** Content that is not delivered is not paid for: an application's error costs nothing and has no receipt. */
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, type Finding, holds, unjudged } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { buy, type Purchase } from '../../../../peers/mpp/payer/purchase.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { under } from '../keys.ts'

export const failure = scenario({
  id: 'mpp/server/failure',
  title: 'An answer that fails is not paid for',
  needs: ['failing'],
  checks: {
    'failure.no-receipt': 'CORE-RCPT-005',
    'failure.not-charged': 'SESS-CLOSE-004',
    'failure.still-paid': ['SESS-ACCT-005', 'SESS-CLOSE-004'],
  },
  faults: () => import('./failure.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer }: Fixtures) {
    const payer = await anotherPayer(subject.at('failing'))
    const channel = await payer.open()
    const { units } = payer.subject
    const voucher = await channel.voucher(units(2))
    await voucher.text()
    if (!voucher.accepted) throw new Blocked(`a lawful voucher was answered ${voucher.status}`)
    const before = (await channel.books()).spent
    const failed = [
      await buy(channel, units(2)),
      await buy(channel, units(2), under(payer, 'failed')),
      await buy(channel, units(2), under(payer, 'failed')),
    ]
    await t.check('failure.no-receipt', () =>
      ofErrors(failed, ({ answer }) =>
        answer.field('payment-receipt') === undefined
          ? holds
          : broken('no Payment-Receipt on an error', describe(answer, '')),
      ),
    )
    await t.check('failure.not-charged', async () => {
      const { spent } = await channel.books()
      return ofErrors(failed, () => equal(spent, before, 'spent after errors of the application'))
    })
    await t.check('failure.still-paid', () => stillPaid(channel, failed, { subject }))
  },
})

/** Judges the errors among the answers; content, or a refusal of the payment, is none. */
function ofErrors(purchases: readonly Purchase[], judge: (purchase: Purchase) => Finding): Finding {
  const errors = purchases.filter(({ answer: { status } }) => status >= 400 && status !== 402)
  if (purchases.some(({ served }) => served)) return absent('the resource has content')
  if (errors.length === 0) return unjudged(`a paid request was answered ${purchases[0]?.answer.status}`)
  return errors.map(judge).find(({ found }) => found !== 'holds') ?? holds
}

/** The voucher that paid for nothing pays for content elsewhere, where the terms are the same. */
async function stillPaid(
  channel: ChannelUnderTest,
  failed: readonly Purchase[],
  { subject }: Pick<Fixtures, 'subject'>,
): Promise<Finding> {
  if (!subject.options.resources.has('plain')) return absent('the server has no resource that answers whole')
  const plain = subject.at('plain')
  if (plain.terms.amount !== channel.payer.subject.terms.amount) return absent('the prices differ')
  const { answer, body, served } = await buy(channel, channel.payer.subject.units(2), { on: plain })
  return ofErrors(failed, () =>
    served ? holds : broken('content for a voucher that nothing was delivered for', describe(answer, body)),
  )
}
