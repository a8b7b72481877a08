/** Where a least increase is asked for, smaller ones are refused and that one is taken. */
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, equal, holds } from '../../../../kit/verdict.ts'
import type { Fixtures } from '../fixtures.ts'
import { accepts, refusesAs } from '../verbs.ts'

export const delta = scenario({
  id: 'mpp/server/delta',
  title: 'A voucher raises the total by at least minVoucherDelta',
  needs: ['stream', 'delta'],
  checks: {
    'delta.too-small': 'SESS-VOUCH-007',
    'delta.too-small-label': 'SESS-ERR-006',
    'delta.exactly': 'SESS-VOUCH-007',
    'delta.equal': 'SESS-VOUCH-006',
    'delta.asked': 'SESS-SSE-003',
  },
  faults: () => import('./delta.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const subject = fixtures.subject.at('delta')
    const payer = await fixtures.anotherPayer(subject)
    const { units } = subject
    const { minVoucherDelta: least = 0n } = subject.terms.methodDetails
    if (least < 2n) throw new Blocked(`minVoucherDelta is ${least}: no increase is smaller`)
    const channel = await payer.open()
    await refusesAs(t, 'delta.too-small', 'delta.too-small-label', ['session/delta-too-small'], {
      act: () => channel.voucher(channel.accepted + least - 1n),
      twin: () => channel.voucher(channel.accepted + least),
      position: channel.position,
    })
    const other = await payer.open()
    await accepts(t, 'delta.exactly', () => other.voucher(other.accepted + least))
    await accepts(t, 'delta.equal', () => other.voucher(other.accepted))

    const short = await payer.open({ initial: units(1) })
    const stream = await short.stream(units(1))
    await stream.untilPause()
    const { ask } = stream
    stream.abort()
    await t.check('delta.asked', () => {
      if (ask === undefined) throw new Blocked('the stream did not ask for a voucher')
      const { acceptedCumulative, requiredCumulative: asked } = ask
      if (acceptedCumulative === undefined || asked === undefined)
        throw new Blocked('the need-voucher event cannot be read (see stream.need-voucher-fields)')
      if (acceptedCumulative !== short.accepted)
        return equal(acceptedCumulative, short.accepted, 'acceptedCumulative')
      // A client that signs exactly what is asked must not be refused (spec/readings.md D3).
      return asked >= short.accepted + least
        ? holds
        : broken(`requiredCumulative at least ${short.accepted + least}`, String(asked), { softly: true })
    })
  },
})
