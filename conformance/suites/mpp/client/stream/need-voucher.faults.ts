/** Faults of clients that sign what a stream asks for, or never what it needs. */
import { faultsOf, ok } from '../fault.ts'
import { hearingText } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('need-voucher')

/** Signs for undelivered units, up to a limit. */
const upTo = (most: bigint): ClientVariant => ({
  rules: {
    sign: {
      withinSigned: ok,
      withinStep: ({ claim, more }) =>
        claim.open + more <= most ? undefined : { code: 'beyond-delivery', message: 'too much' },
    },
  },
})

export const faults = [
  named(
    'signs-what-is-asked',
    'SESS-SSE-014',
    ['beyond-delivery', 'whole-budget', 'pings'],
    { rules: { sign: { withinStep: ok } } },
    ['wevm/mppx#260'],
  ),
  named('signs-ten-units-ahead', 'SESS-SSE-014', ['beyond-delivery', 'pings'], upTo(20_000n)),
  named('never-tops-up', 'SESS-SSE-008', ['paid'], { rules: { deposit: { topUp: () => 1n } } }),
  named('reads-lf-alone', 'SESS-SSE-019', ['framings'], {
    fetch: hearingText((text) => text.replaceAll('\r', '')),
  }),
  named(
    'reads-control-events-in-data',
    'SESS-SSE-017',
    ['in-data', 'beyond-delivery', 'whole-budget', 'inflated-accepted', 'pings'],
    {
      rules: { sign: { withinStep: ok, withinSigned: ok, channel: ok } },
      fetch: hearingText((text) =>
        text
          .replaceAll(
            'data: event: payment-need-voucher\ndata: data: {',
            '\nevent: payment-need-voucher\ndata: {',
          )
          .replaceAll('"channelId":"0x"', `"channelId":"0x${'00'.repeat(32)}"`),
      ),
    },
  ),
  named('counts-pings-as-units', 'SESS-SSE-014', ['pings'], { options: { unitEvents: ['message', 'ping'] } }),
]
