/** Faults of clients that carry a credential where a redirect says: anywhere, or in one case alone. */
import { faultsOf, ok } from '../fault.ts'
import { actionOf } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('answers')

type Puppet = NonNullable<ClientVariant['fetch']>

const hostOf = (url: string): string => new URL(url).host
const elsewhere = { code: 'redirected', message: 'another host' } as const

/** Follows the redirects that a condition picks, with the same request; `drop` removes fields from it. */
const following =
  (
    picks: (status: number, action: string) => boolean,
    drop: (headers: Headers) => void = () => undefined,
  ): Puppet =>
  (fetch) =>
  async (input, init) => {
    const answer = await fetch(input, init)
    const to = answer.headers.get('location')
    if (to === null || !picks(answer.status, actionOf(init))) return answer
    await answer.body?.cancel()
    const headers = new Headers(init?.headers)
    drop(headers)
    return fetch(to, { ...init, headers })
  }

const downgraded = ['downgraded-open', 'downgraded-voucher', 'downgraded-top-up', 'downgraded-close'] as const

export const faults = [
  named(
    'follows-anywhere',
    'CORE-CLI-005',
    [
      'redirected-open',
      'redirected-voucher',
      'redirected-top-up',
      'redirected-close',
      'redirected-otherwise',
      'redirected-other-field',
      ...downgraded,
    ],
    { rules: { redirect: { sameOrigin: ok } } },
    ['wevm/mppx#525'],
  ),
  named('follows-within-the-host', 'CORE-CLI-005', downgraded, {
    rules: {
      redirect: { sameOrigin: (hop) => (hostOf(hop.from) === hostOf(hop.to) ? undefined : elsewhere) },
    },
  }),
  named('follows-when-it-tops-up', 'CORE-CLI-005', ['redirected-top-up', 'downgraded-top-up'], {
    fetch: following((_, action) => action === 'topUp'),
  }),
  named('follows-when-it-closes', 'CORE-CLI-005', ['redirected-close', 'downgraded-close'], {
    fetch: following((_, action) => action === 'close'),
  }),
  named('follows-all-statuses-but-one', 'CORE-CLI-005', ['redirected-otherwise'], {
    fetch: following((status) => status !== 307),
  }),
  named('carries-its-login-along', 'CORE-CLI-005', ['redirected-other-field'], {
    fetch: following(
      () => true,
      (headers) => {
        headers.delete('payment-authorization')
        if (/^payment /i.test(headers.get('authorization') ?? '')) headers.delete('authorization')
      },
    ),
  }),
  // As fetch does: another origin is not sent Authorization, and all other fields.
  named('drops-one-field-of-two', 'CORE-CLI-005', ['redirected-other-field'], {
    fetch: following(
      () => true,
      (headers) => headers.delete('authorization'),
    ),
  }),
]
