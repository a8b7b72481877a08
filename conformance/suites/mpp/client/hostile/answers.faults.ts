/** Faults of clients that trust false answers, or wait for an answer without a limit. */
import * as Uint from '../../../../../src/codec/uint.ts'
import { faultsOf, ok } from '../fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('answers')

/** The most that the payee said was spent, by channel: the runs of this scenario are concurrent. */
const claimed = new Map<string, bigint>()

/** Closes for what a receipt claims, where that is more than it signed. */
const believing: ClientVariant = {
  rules: {
    receipt: {
      withinSigned({ receipt: { channelId, spent } }) {
        claimed.set(channelId, Uint.max(spent, claimed.get(channelId) ?? 0n))
        return undefined
      },
    },
    sign: {
      closeAmount: ({ channelId, authorized }) =>
        (claimed.get(channelId) ?? 0n) > authorized ? authorized + 1_500n : authorized,
    },
  },
}

const following: ClientVariant = { rules: { redirect: { sameOrigin: ok } } }

const hostOf = (url: string): string => new URL(url).host
const elsewhere = { code: 'redirected', message: 'another host' } as const

export const faults = [
  named('closes-for-what-is-claimed', 'SESS-SNAP-005', ['forged-receipt', 'forged-receipt-event'], believing),
  named(
    'follows-anywhere',
    'CORE-CLI-005',
    [
      'redirected-open',
      'redirected-voucher',
      'redirected-top-up',
      'redirected-close',
      'downgraded-open',
      'downgraded-voucher',
    ],
    following,
    ['wevm/mppx#525'],
  ),
  named('follows-within-the-host', 'CORE-CLI-005', ['downgraded-open', 'downgraded-voucher'], {
    rules: {
      redirect: { sameOrigin: (hop) => (hostOf(hop.from) === hostOf(hop.to) ? undefined : elsewhere) },
    },
  }),
  named(
    'closes-for-more-than-it-owes',
    'SESS-SSE-014',
    // Wherever a channel came to be, it is closed for too much, and a greedy payee takes that.
    [
      'close-refused',
      'close-pretended',
      'charged-for-vouchers',
      'greedy-close',
      'forged-receipt',
      'forged-receipt-event',
      'redirected-voucher',
      'redirected-top-up',
      'redirected-close',
      'downgraded-voucher',
    ],
    { rules: { sign: { closeAmount: ({ authorized }) => authorized + 1_500n } } },
  ),
  named('pays-three-units-for-one', 'SESS-SSE-014', ['charged-for-vouchers'], {
    rules: { sign: { withinStep: ok } },
  }),
  named('mends-for-ever', 'SESS-CLI-004', ['refused-for-ever'], {
    rules: { retry: { mends: () => true, freshChallenge: () => true } },
  }),
  named('repeats-after-every-error', 'SESS-CLI-004', ['failing-for-ever', 'close-refused'], {
    fetch: (fetch) => async (input, init) => {
      for (;;) {
        const response = await fetch(input, init)
        if (response.status !== 500) return response
        await response.body?.cancel()
      }
    },
  }),
]
