/**
 * Payees that never stop: headers, refusals, events and questions without an end. A client that has no limit of its own
 * takes all of it, or answers again and again. What was signed until then is taken.
 */
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken } from '../../../../kit/verdict.ts'
import {
  bomb,
  type Flood,
  fieldLines,
  fieldsOf,
  flooding,
  letters,
  type Poured,
} from '../../../../peers/mpp/payee/shop/flood.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import { paying, unpaid } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { softly } from '../looks.ts'
import { declines, ended } from '../verbs.ts'
import { asking } from './asking.ts'

const stream = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream'
const event = Buffer.from('data: ')

/** An answer to the open whose events have no end. */
const events = (more: Pick<Flood, 'first' | 'endless'>, ...fields: readonly string[]) => ({
  picks: paying('open'),
  flood: { head: () => [stream, ...fields], ...more, body: true },
})

const floods = {
  'floods.headers': {
    picks: unpaid,
    flood: { head: () => ['HTTP/1.1 402 Payment Required'], endless: fieldLines, body: false },
  },
  'floods.refusal': {
    picks: unpaid,
    flood: {
      head: (answer) => ['HTTP/1.1 402 Payment Required', ...fieldsOf(answer).filter(isNoLength)],
      endless: letters,
      body: true,
    },
  },
  'floods.problem': {
    picks: paying('open'),
    flood: {
      head: () => ['HTTP/1.1 402 Payment Required', 'content-type: application/problem+json'],
      endless: letters,
      body: true,
    },
  },
  'floods.event': events({ first: event, endless: letters }),
  'floods.comment': events({ first: Buffer.from(': '), endless: letters }),
  'floods.name': events({ first: Buffer.from('event: '), endless: letters }),
  'floods.packed': events(bomb('data: '), 'content-encoding: gzip'),
} as const satisfies Readonly<Record<string, { picks: (request: Request) => boolean; flood: Flood }>>

function isNoLength(field: string): boolean {
  return !/^(content-length|transfer-encoding):/i.test(field)
}

export const floodsScenario = scenario({
  id: 'mpp/client/floods',
  title: 'A payee that never stops is hung up on, and given no more than a unit',
  checks: {
    'floods.headers': ['SESS-SSE-014', 'SESS-CLI-004'],
    'floods.refusal': ['SESS-SSE-014', 'SESS-CLI-004'],
    'floods.problem': ['SESS-SSE-014', 'SESS-CLI-004'],
    'floods.event': ['SESS-SSE-014', 'SESS-CLI-004'],
    'floods.comment': ['SESS-SSE-014', 'SESS-CLI-004'],
    'floods.name': ['SESS-SSE-014', 'SESS-CLI-004'],
    'floods.packed': ['SESS-SSE-014', 'SESS-CLI-004'],
    'floods.comments': ['SESS-SSE-014', 'SESS-CLI-004'],
    'floods.same-question': ['SESS-SSE-014', 'SESS-CLI-004'],
  },
  faults: async () => (await import('./floods.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const common = { mostLoss: (shop: Shop) => shop.price, twin: {} }
    const poured = Object.entries(floods).map(([check, { picks, flood }]) => {
      const what: Poured = { begun: false, whole: false }
      return declines(t, check as keyof typeof floods, fixtures, {
        ...common,
        payee: { http: flooding(picks, flood, what) },
        also(shop) {
          if (!what.begun) throw new Blocked('the client did not come so far')
          // How much is too much is nowhere said.
          return what.whole ? softly(broken('a client that hangs up', 'it took 16 MiB')) : ended(shop)
        },
      })
    })
    const asked = Object.entries(asking).map(([check, http]) =>
      declines(t, check as keyof typeof asking, fixtures, { ...common, payee: { http }, also: ended }),
    )
    await Promise.all([...poured, ...asked])
  },
})
