/** Answers that are no payee's: lies about what was spent, redirects, refusals without end. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import { unitText } from '../../../../peers/mpp/payee/shop/witness.ts'
import {
  alterEvent,
  alterReceipt,
  crash,
  credentialFields,
  instead,
  paying,
  tokenIn,
  type Wrap,
} from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures, Opening } from '../fixtures.ts'
import { abilities } from '../offers.ts'
import { declines, ended } from '../verbs.ts'

const isPaid = (request: Request): boolean => paying('open', 'voucher', 'topUp', 'close')(request)
/** Answers what a condition picks as if nothing had been paid: by another challenge, each time. */
const asking =
  (picks: (request: Request) => boolean): Wrap =>
  (handler) =>
  async (request) =>
    handler(picks(request) ? withoutCredential(request) : request)
const oneUnit = (shop: Shop): bigint => shop.price
const huge = '900000'

/** Lies, and refusals: nothing more than one unit may be lost to any. */
const lies = {
  'answers.forged-receipt': {
    payee: {
      http: alterReceipt(isPaid, (receipt) =>
        Object.assign(receipt, { spent: huge, acceptedCumulative: huge }),
      ),
    },
  },
  'answers.forged-receipt-event': {
    payee: {
      http: alterEvent('payment-receipt', (data) =>
        Object.assign(data, { spent: huge, acceptedCumulative: huge }),
      ),
    },
  },
  'answers.refused-for-ever': {
    payee: { http: asking(isPaid) },
  },
  'answers.failing-for-ever': { payee: { http: instead(isPaid, crash) } },
  'answers.close-refused': { payee: { http: instead(paying('close'), crash) } },
  'answers.close-pretended': {
    payee: {
      http: instead(paying('close'), () => new Response(null, { status: 204 })),
    },
  },
  'answers.charged-for-vouchers': {
    payee: {
      // Each voucher costs a unit of its own: the stream asks again before it delivers.
      deliver: async function* (units, stream) {
        for await (const unit of units) {
          await stream.charge(3)
          yield unit
        }
      },
    },
  },
} as const satisfies Readonly<Record<string, Opening>>

export const answers = scenario({
  id: 'mpp/client/answers',
  title: 'Whatever a payee answers, no more than a unit is lost, and the client ends',
  checks: {
    'answers.forged-receipt': ['SESS-CLI-002', 'SESS-SNAP-005'],
    'answers.forged-receipt-event': ['SESS-CLI-002', 'SESS-SNAP-005'],
    'answers.refused-for-ever': 'SESS-CLI-004',
    'answers.failing-for-ever': 'SESS-CLI-004',
    'answers.close-refused': 'SESS-SSE-014',
    'answers.close-pretended': 'SESS-SSE-014',
    'answers.charged-for-vouchers': 'SESS-SSE-014',
    'answers.greedy-close': 'SESS-SSE-014',
    'answers.redirected-open': 'CORE-CLI-005',
    'answers.redirected-voucher': 'CORE-CLI-005',
    'answers.redirected-top-up': 'CORE-CLI-005',
    'answers.redirected-close': 'CORE-CLI-005',
    'answers.downgraded-open': 'CORE-CLI-005',
    'answers.downgraded-voucher': 'CORE-CLI-005',
  },
  faults: async () => (await import('./answers.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const told = Object.entries(lies).map(([check, opening]) =>
      declines(t, check as keyof typeof lies, fixtures, { ...opening, mostLoss: oneUnit, also: ended }),
    )
    await Promise.all(told)
    await declines(t, 'answers.greedy-close', fixtures, { greedy: true, mostLoss: oneUnit })
    const away = {
      'answers.redirected-open': paying('open'),
      'answers.redirected-voucher': paying('voucher'),
      'answers.redirected-top-up': paying('topUp'),
      'answers.redirected-close': paying('close'),
    } as const
    for (const [check, picks] of Object.entries(away)) {
      await using other = await elsewhere()
      const { url } = other
      await declines(t, check as keyof typeof away, fixtures, {
        payee: {
          http: instead(picks, () => new Response(null, { status: 307, headers: { location: url } })),
        },
        mostLoss: oneUnit,
        also: () => noneOf(other.credentials),
      })
    }
    const down = {
      'answers.downgraded-open': paying('open'),
      'answers.downgraded-voucher': paying('voucher'),
    } as const
    for (const [check, picks] of Object.entries(down)) {
      const downgraded = check as keyof typeof down
      let credentials = 0
      if (fixtures.can('trusts'))
        await declines(t, downgraded, fixtures, {
          secure: {
            inPlain(request) {
              if (isCredential(request)) credentials++
            },
          },
          payee: { http: instead(picks, toPlain) },
          twin: { secure: {} },
          mostLoss: oneUnit,
          also: () => noneOf(credentials),
        })
      else await t.check(downgraded, () => absent(abilities.trusts))
    }
  },
})

/** Sends a request to the same place without TLS. */
const toPlain = ({ url }: Request): Response =>
  new Response(null, { status: 307, headers: { location: url.replace(/^https?:/, 'http:') } })

const noneOf = (credentials: number): Finding =>
  credentials === 0 ? holds : broken('no credential elsewhere', `${credentials} arrived there`)

/** Whether a request has a credential in one of its fields. */
const isCredential = ({ headers }: IncomingMessage): boolean =>
  [headers.authorization, headers['payment-authorization']].some((field) =>
    /^payment /i.test(String(field ?? '')),
  )

/** The same request as one who has not paid makes it. */
function withoutCredential({ url, method, headers, signal }: Request): Request {
  const left = new Headers(headers)
  for (const name of credentialFields) if (tokenIn(left.get(name)) !== undefined) left.delete(name)
  return new Request(url, { method, headers: left, signal })
}

/** Another origin, which counts the credentials that come to it. */
async function elsewhere() {
  let credentials = 0
  const server = createServer((request, response) => {
    if (isCredential(request)) credentials++
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${unitText(1)}\n\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/stream`,
    get credentials() {
      return credentials
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
