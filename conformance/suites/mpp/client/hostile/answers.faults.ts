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

export const faults = [
  named('closes-for-what-is-claimed', 'SESS-SNAP-005', ['forged-receipt', 'forged-receipt-event'], believing),
  named(
    'closes-for-more-than-it-owes',
    'SESS-SSE-014',
    // Wherever a channel came to be, it is closed for too much, and a greedy payee takes that.
    [
      'close-refused',
      'gone-for-ever',
      'close-pretended',
      'charged-for-vouchers',
      'greedy-close',
      'forged-receipt',
      'forged-receipt-event',
      'redirected-voucher',
      'redirected-top-up',
      'redirected-close',
      'redirected-otherwise',
      'redirected-other-field',
      'downgraded-voucher',
      'downgraded-top-up',
      'downgraded-close',
    ],
    { rules: { sign: { closeAmount: ({ authorized }) => authorized + 1_500n } } },
  ),
  named('pays-three-units-for-one', 'SESS-SSE-014', ['charged-for-vouchers'], {
    rules: { sign: { withinStep: ok } },
  }),
  named('opens-again-for-ever', 'SESS-CLI-004', ['gone-for-ever'], {
    async does(doing, usual) {
      for (let channels = 1; ; channels++) {
        try {
          return await usual({ ...doing, paying: doing.another() })
        } catch (error) {
          // More than enough are seen by then.
          if (channels === 12 || !String(error).includes('410')) throw error
        }
      }
    },
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
