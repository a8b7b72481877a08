/**
 * Payees that accept and say nothing more: at each request, in the middle of a header, in the middle of a stream. How long
 * a client waits is its own affair; one that is told a limit keeps it. What was signed until then is taken.
 */
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked } from '../../../../kit/verdict.ts'
import {
  dripping,
  endInTime,
  type Silence,
  silent,
  stopping,
} from '../../../../peers/mpp/payee/shop/breaks.ts'
import { halfClose } from '../../../../peers/mpp/payee/shop/serve.ts'
import { paying, unpaid, type Wrap } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { abilities } from '../offers.ts'
import { declines, ended } from '../verbs.ts'

/** What a client that can be told its patience is told, in milliseconds. */
const patienceMs = 1_000
/** Longest run of such a client, in milliseconds: it may repeat what was not answered. */
const runMs = 15_000
/** The silence ends by a broken connection for clients whose patience is their own, in milliseconds. */
const shortMs = 2_000

interface Stage {
  wrap(silence: Silence): Wrap
  /** Why a lawful client may not come to it. */
  spared?: string
}

const stages = {
  'silence.ask': { wrap: (silence) => silent(unpaid, silence) },
  'silence.dripped-header': { wrap: (silence) => dripping(unpaid, silence) },
  'silence.open': { wrap: (silence) => silent(paying('open'), silence) },
  'silence.voucher': { wrap: (silence) => silent(paying('voucher'), silence) },
  'silence.top-up': {
    wrap: (silence) => silent(paying('topUp'), silence),
    spared: 'the client tops nothing up',
  },
  'silence.close': {
    wrap: (silence) => silent(paying('close'), silence),
    spared: 'the client leaves its channel open',
  },
  'silence.stream': {
    wrap: ({ begins, mostMs }) =>
      stopping(3, (request) => {
        begins(request)
        endInTime(request, { mostMs })
      }),
  },
} as const satisfies Readonly<Record<string, Stage>>

export const silence = scenario({
  id: 'mpp/client/silence',
  title:
    'A payee that accepts and stays silent is given no more than a unit, and is not waited for without end',
  checks: {
    'silence.ask': ['SESS-CLI-004', 'CORE-CRED-007'],
    'silence.dripped-header': ['SESS-CLI-004', 'CORE-CRED-007'],
    'silence.open': ['SESS-SSE-014', 'SESS-CLI-004'],
    'silence.voucher': ['SESS-SSE-014', 'SESS-CLI-004'],
    'silence.top-up': ['SESS-SSE-014', 'SESS-CLI-004'],
    'silence.close': ['SESS-SSE-014', 'SESS-CLI-004'],
    'silence.stream': ['SESS-SSE-014', 'SESS-CLI-004'],
    'silence.half-closed': ['SESS-SSE-014', 'SESS-CLI-004'],
  },
  faults: async () => (await import('./silence.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const patient = fixtures.can('patience')
    const told = { env: { PATIENCE_MS: String(patienceMs) }, twin: {} }
    const judged = Object.entries(stages).map(([check, stage]) => {
      const { wrap, spared }: Stage = stage
      let begun = false
      const begins = () => {
        begun = true
      }
      const unpaidStage = check === 'silence.ask' || check === 'silence.dripped-header'
      return declines(t, check as keyof typeof stages, fixtures, {
        ...told,
        payee: { http: wrap({ begins, mostMs: patient ? undefined : shortMs }) },
        run: (shop) => shop.visit({ timeoutMs: patient ? runMs : undefined }),
        mostLoss: (shop) => (unpaidStage ? 0n : shop.price),
        signsNothing: unpaidStage,
        also(shop) {
          if (!begun && spared !== undefined) return absent(spared)
          if (!begun) throw new Blocked('the client did not come so far')
          return patient ? ended(shop) : absent(abilities.patience)
        },
      })
    })
    const halfClosed = declines(t, 'silence.half-closed', fixtures, {
      ...told,
      payee: { http: stopping(3, halfClose) },
      run: (shop) => shop.visit({ timeoutMs: patient ? runMs : undefined }),
      mostLoss: (shop) => shop.price,
      also: ended,
    })
    await Promise.all([...judged, halfClosed])
  },
})
