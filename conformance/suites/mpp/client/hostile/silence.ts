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
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import { paying, unpaid, type Wrap } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { abilities } from '../offers.ts'
import { declines, ended } from '../verbs.ts'

/**
 * What a client that can be told its patience is told, in milliseconds: more where a busy machine took longer than that
 * before the silence began.
 */
const patience = [1_000, 4_000, 16_000]
/**
 * How long the silence is kept up for such a client, in times of its patience: it may repeat what was not answered. What
 * came before the silence is not counted, for a busy machine takes its time.
 */
const patiences = 15
/** The silence ends by a broken connection for clients whose patience is their own, in milliseconds. */
const shortMs = 2_000

interface Stage {
  wrap(silence: Silence): Wrap
  /** Why a lawful client may not come to it. */
  spared?: string
  /** Whether it comes before anything may be signed. */
  signsNothing?: boolean
  /** Whether the payee ends the connection, so that there is nothing to wait for. */
  broken?: boolean
}

const stages = {
  'silence.ask': { wrap: (silence) => silent(unpaid, silence), signsNothing: true },
  'silence.dripped-header': { wrap: (silence) => dripping(unpaid, silence), signsNothing: true },
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
  'silence.half-closed': {
    wrap: ({ begins }) =>
      stopping(3, (request) => {
        begins(request)
        halfClose(request)
      }),
    broken: true,
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
    const mostMs = patient ? undefined : shortMs
    /** Visits until the silence was met. A client that ends well does not come so far. */
    const visits = (met: AbortSignal) => async (shop: Shop) => {
      for (const ms of patient ? patience : [undefined]) {
        const over = new AbortController()
        let keeping: ReturnType<typeof setTimeout> | undefined
        const keep = () => {
          keeping = setTimeout(() => over.abort(), patiences * (ms ?? 0))
        }
        if (ms !== undefined) met.addEventListener('abort', keep, { once: true })
        const { ran } = await shop.visit(
          ms === undefined
            ? {}
            : {
                env: { PATIENCE_MS: String(ms) },
                kill: over.signal,
                timeoutMs: shop.options.timeoutMs + patiences * ms,
              },
        )
        clearTimeout(keeping)
        met.removeEventListener('abort', keep)
        if (met.aborted || ran.code === 0) return
      }
    }
    const oneEach = (shop: Shop) => shop.units(shop.visits.length)
    const judged = Object.entries(stages).map(([check, stage]) => {
      const { wrap, spared, signsNothing = false, broken = false }: Stage = stage
      const silenced = new AbortController()
      const begins = () => silenced.abort()
      const met = silenced.signal
      return declines(t, check as keyof typeof stages, fixtures, {
        twin: {},
        payee: { http: wrap({ begins, mostMs }) },
        run: visits(met),
        mostLoss: (shop) => (signsNothing ? 0n : oneEach(shop)),
        signsNothing,
        also(shop) {
          if (!met.aborted && spared !== undefined) return absent(spared)
          if (!met.aborted) throw new Blocked('the client did not come so far')
          // Broken off by the payee in time, it may end by itself or not: only a limit that it was told is judged.
          return patient || broken ? ended(shop) : absent(abilities.patience)
        },
      })
    })
    await Promise.all(judged)
  },
})
