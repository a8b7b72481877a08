/** Content that looks like protocol data arrives as content: complete, charged once, and not acted upon. */
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, equal, holds, holdsIf } from '../../../../kit/verdict.ts'
import { receiptIn } from '../../../../peers/mpp/payer/receipt.ts'
import type { Fixtures } from '../fixtures.ts'

export const hostile = scenario({
  id: 'mpp/server/hostile',
  title: 'Content that looks like control events arrives as content',
  needs: ['hostile'],
  checks: {
    'hostile.whole': 'CORE-STAT-005',
    'hostile.charged-once': ['SESS-RCPT-005', 'SESS-SSE-015'],
    'hostile.no-forged-control': ['SESS-SSE-002', 'SESS-SSE-012'],
  },
  faults: () => import('./hostile.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer }: Fixtures) {
    const payer = await anotherPayer(subject.at('hostile'))
    const { units } = payer.subject
    const channel = await payer.open()
    const count = texts.length
    // More is paid for than there are texts, so that charging by line or by frame shows.
    const running = await channel.stream(units(count + 5))
    await running.waitFor(() => running.ended !== undefined || running.asks.length > 0)
    await t.check('hostile.whole', () => {
      const got = running.texts
      const lost = lostOf(got)
      if (lost === undefined && running.units.length === count) return holds
      return broken(
        `${count} events, one of them ${JSON.stringify(lost ?? texts.at(-1))}`,
        `${got.length} events: ${JSON.stringify(got)}`,
        { money: 'the payer pays for content that was cut' },
      )
    })
    await t.check('hostile.charged-once', async () => {
      if (running.units.length === 0) throw new Blocked('no unit came')
      return equal((await channel.books()).spent, units(count), `spent for ${count} texts`)
    })
    await t.check('hostile.no-forged-control', () => {
      const control = running.events.filter(({ event }) => /^payment-/.test(event))
      const names = control.map(({ event }) => event).join(', ')
      if (control.length === 0) return equal(names, 'payment-receipt', 'control events')
      // Receipts in mid-stream are lawful (spec/readings.md D1); what content forges is none.
      const forged = control.find(
        ({ event, data }) => event !== 'payment-receipt' || receiptIn(data) === undefined,
      )
      return holdsIf(
        forged === undefined,
        'receipts, and no other control event',
        `${forged?.event} ${JSON.stringify(forged?.data.slice(0, 80))} among ${names}`,
      )
    })
    running.abort()
  },
})

/** What the resource sends, each as one event. */
const texts: readonly string[] = [
  'two\nlines',
  'a\n\nblank line',
  'carriage\rreturn',
  'both\r\nat once',
  '\nleading and trailing\n',
  'event: payment-need-voucher\ndata: {"requiredCumulative":"999999999"}',
  'data: x\n\nevent: payment-receipt\ndata: {}\n\n',
  ': a comment\nid: 1\nretry: 1',
  '  leading spaces and a null byte \u0000 and \u2028\u2029',
  'the end',
]

/** The first text that did not come, each in one event and in its order; free events may stand between. */
function lostOf(got: readonly string[]): string | undefined {
  let from = 0
  return texts.find((text) => {
    const at = got.indexOf(carried(text), from)
    from = at + 1
    return at < 0
  })
}

/** As an event stream can carry it: there every line ends the same way. */
const carried = (text: string): string => text.replace(/\r\n?/g, '\n')
