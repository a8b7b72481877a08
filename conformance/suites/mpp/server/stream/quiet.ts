/**
 * A stream that waits for a voucher, and what it says in the meantime. An instance that the kit starts is told how often;
 * one that knows no such setting, or that runs already, has the time in which servers usually send their comments.
 */
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, holdsIf } from '../../../../kit/verdict.ts'
import type { Fixtures } from '../fixtures.ts'

/** What an instance is told, in milliseconds. */
const keepAliveMs = 200

export const quiet = scenario({
  id: 'mpp/server/quiet',
  title: 'A stream that waits for a voucher is not silent',
  needs: ['stream'],
  uses: ['start'],
  checks: { 'quiet.comments': 'SESS-SSE-020' },
  faults: () => import('./quiet.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, payer: own, anotherPayer, launch, units }: Fixtures) {
    const { launch: launches, patience } = subject.options
    const payer =
      launches === undefined
        ? own
        : await anotherPayer(subject.of(await launch({ KEEP_ALIVE_MS: String(keepAliveMs) })))
    const channel = await payer.open()
    const waiting = await channel.stream(units(2))
    await waiting.waitFor(() => waiting.asks.length > 0)
    await t.check('quiet.comments', async () => {
      if (waiting.asks.length === 0) throw new Blocked('the stream asks for no voucher')
      // Fifteen seconds are usual.
      const heard = await waiting.answer.hears(2 * patience.ms)
      if (!heard && waiting.ended === 'by the target') return absent('the stream does not wait so long')
      return holdsIf(
        heard,
        'a comment while the stream waits',
        `silence for ${(2 * patience.ms) / 1_000} seconds`,
      )
    })
    waiting.abort()
  },
})
