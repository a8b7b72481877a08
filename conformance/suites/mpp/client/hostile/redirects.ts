/**
 * Redirects that no credential may follow: to another origin, whatever the status, and from TLS to the same place without
 * it. Each is the answer to one action; what the client signed until then is taken.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Tester } from '../../../../kit/tester.ts'
import { absent, Blocked, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import { unitText } from '../../../../peers/mpp/payee/shop/witness.ts'
import { instead, paying, type Wrap } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures, Opening } from '../fixtures.ts'
import { paidIn, softly } from '../looks.ts'
import { abilities } from '../offers.ts'
import { declines } from '../verbs.ts'

export const redirectChecks = {
  'answers.redirected-open': 'CORE-CLI-005',
  'answers.redirected-voucher': 'CORE-CLI-005',
  'answers.redirected-top-up': 'CORE-CLI-005',
  'answers.redirected-close': 'CORE-CLI-005',
  'answers.redirected-otherwise': 'CORE-CLI-005',
  'answers.redirected-other-field': 'CORE-CLI-005',
  'answers.downgraded-open': 'CORE-CLI-005',
  'answers.downgraded-voucher': 'CORE-CLI-005',
  'answers.downgraded-top-up': 'CORE-CLI-005',
  'answers.downgraded-close': 'CORE-CLI-005',
} as const

type Check = keyof typeof redirectChecks
type Action = 'open' | 'voucher' | 'topUp' | 'close'

/** The status of most redirects: the request is to be sent again as it is. */
const usual = 307
/** Why a lawful client may send none of these. */
const spared: Readonly<Partial<Record<Action, string>>> = {
  topUp: 'the client tops nothing up',
  close: 'the client leaves its channel open',
}

const away = {
  'answers.redirected-open': 'open',
  'answers.redirected-voucher': 'voucher',
  'answers.redirected-top-up': 'topUp',
  'answers.redirected-close': 'close',
} as const satisfies Readonly<Partial<Record<Check, Action>>>
/** Every other status that redirects: some send a request again as it is, some by GET. */
const otherwise = { 301: 'open', 302: 'voucher', 303: 'open', 308: 'voucher' } as const
const down = {
  'answers.downgraded-open': 'open',
  'answers.downgraded-voucher': 'voucher',
  'answers.downgraded-top-up': 'topUp',
  'answers.downgraded-close': 'close',
} as const satisfies Readonly<Partial<Record<Check, Action>>>

/** Judges every redirect, one client after the other. */
export async function judgeRedirects(t: Tester<Check>, fixtures: Fixtures): Promise<void> {
  for (const [check, action] of Object.entries(away))
    await elsewhere(t, check as keyof typeof away, fixtures, { action })
  for (const [status, action] of Object.entries(otherwise))
    await elsewhere(t, 'answers.redirected-otherwise', fixtures, { action, status: Number(status) })
  // Whoever follows redirects by itself drops Authorization on the way, and no field that it does not know.
  for (const action of ['open', 'voucher'] as const)
    await elsewhere(t, 'answers.redirected-other-field', fixtures, {
      action,
      offer: { requiresAuth: true },
      ...(fixtures.can('login') ? { env: { AUTHORIZATION: login } } : {}),
    })
  for (const [check, action] of Object.entries(down))
    await inPlain(t, check as keyof typeof down, fixtures, action)
}

/** What is redirected, and how. */
interface Away extends Pick<Opening, 'offer' | 'env'> {
  action: Action
  status?: number
}

/** Judges a redirect to another origin. */
async function elsewhere<C extends Check>(
  t: Tester<C>,
  check: NoInfer<C>,
  fixtures: Fixtures,
  { action, status = usual, offer, env }: Away,
): Promise<void> {
  await using other = await counting()
  const { met, http } = redirecting(action, () => other.url, status)
  await declines(t, check, fixtures, {
    // Where one field is selected for another, what matters is where it goes.
    ...(offer === undefined ? {} : { offer, tolerant: true }),
    ...(env === undefined ? {} : { env }),
    payee: { http },
    mostLoss: ({ price }) => price,
    also: (shop) => noneOf(other, { action, met: met(), shop }),
  })
}

/** Judges a redirect to the same place without TLS. */
async function inPlain<C extends Check>(
  t: Tester<C>,
  check: NoInfer<C>,
  fixtures: Fixtures,
  action: Action,
): Promise<void> {
  if (!fixtures.can('trusts')) return t.check(check, () => absent(abilities.trusts))
  let credentials = 0
  const { met, http } = redirecting(action, (url) => url.replace(/^https?:/, 'http:'))
  await declines(t, check, fixtures, {
    secure: {
      inPlain(request) {
        if (isCredential(request)) credentials++
      },
    },
    payee: { http },
    twin: { secure: {} },
    mostLoss: ({ price }) => price,
    also: (shop) => noneOf({ credentials, logins: 0 }, { action, met: met(), shop }),
  })
}

/** Redirects one action; `met` is whether it came. */
function redirecting(action: Action, to: (url: string) => string, status = usual) {
  let came = false
  const http: Wrap = instead(paying(action), ({ url }) => {
    came = true
    return new Response(null, { status, headers: { location: to(url) } })
  })
  return { met: () => came, http }
}

/** Whether no credential came to the other place. What was not redirected shows nothing. */
function noneOf(
  { credentials, logins }: { credentials: number; logins: number },
  { action, met, shop }: { action: Action; met: boolean; shop: Shop },
): Finding {
  if (credentials > 0) return broken('no credential elsewhere', `${credentials} arrived there`)
  // RFC 9110, 15.4 leaves it to the client which fields it sends on.
  if (logins > 0) return softly(broken('no login elsewhere', `${logins} arrived there`))
  if (met) return holds
  if (paidIn(shop).length === 0 && shop.setting.offer?.requiresAuth === true)
    return absent('the client declines challenges that select Payment-Authorization')
  const why = spared[action]
  if (why !== undefined) return absent(why)
  throw new Blocked('the client did not come so far')
}

/** A login of the caller's, which is for the first origin as well. */
const login = 'Bearer open-sesame'

/** Whether a request has a credential in one of its fields. */
const isCredential = ({ headers }: IncomingMessage): boolean =>
  [headers.authorization, headers['payment-authorization']].some((field) =>
    /^payment /i.test(String(field ?? '')),
  )

/** Another origin, which counts the credentials and the logins that come to it. */
async function counting() {
  let credentials = 0
  let logins = 0
  const server = createServer((request, response) => {
    if (isCredential(request)) credentials++
    if (request.headers.authorization === login) logins++
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${unitText(1)}\n\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/stream`,
    get credentials() {
      return credentials
    },
    get logins() {
      return logins
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
