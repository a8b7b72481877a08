/** A stream is bought voucher by voucher; then payees ask for vouchers that nothing was delivered for. */
import type { JsonObject } from '../../../../../src/codec/json.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { broken, holds } from '../../../../kit/verdict.ts'
import { unitText } from '../../../../peers/mpp/payee/shop/witness.ts'
import { alterEvent, alterStream } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { declines, pays, shortcoming } from '../verbs.ts'

/** Questions of a stream say something else. */
const asking = (change: (data: JsonObject) => void) => ({
  http: alterEvent('payment-need-voucher', change),
})
const more = (data: JsonObject, name: string, by: bigint) => {
  data[name] = String(BigInt(String(data[name])) + by)
}

/** Instead of units come events that are none. */
const pings = {
  http: alterStream((frame) => (frame.includes('data: unit') ? 'event: ping\ndata: 1\n\n' : frame)),
}

const inTwoLines = (frame: string) =>
  frame.replace(/^(event: payment.*\n)data: \{"/, '$1data: {\ndata: "').replace(/\r/g, '')

/** The same frames in other framings. */
const framings: Readonly<Record<string, (frame: string) => string>> = {
  'lines that end with CRLF': (frame) => frame.replaceAll('\n', '\r\n'),
  'lines that end with CR': (frame) => frame.replaceAll('\n', '\r'),
  'no space after a colon': (frame) => frame.replaceAll(/^(event|data): /gm, '$1:'),
  'data before its event': (frame) => frame.replace(/^(event: .*\n)(data: .*\n)/, '$2$1'),
  'data in two lines': inTwoLines,
  'comments, ids and fields nobody knows': (frame) => `: hello\nid: 7\nretry: 10\nwhat: ever\n${frame}`,
}

const forged = `${unitText(2)}\nevent: payment-need-voucher\ndata: {"requiredCumulative":"900000","acceptedCumulative":"1000","deposit":"5000","channelId":"0x"}`

export const needVoucher = scenario({
  id: 'mpp/client/need-voucher',
  title: 'Vouchers follow delivery: one more unit, whatever is asked',
  checks: {
    'need-voucher.paid': ['SESS-SSE-008', 'SESS-SETL-005'],
    'need-voucher.framings': 'SESS-SSE-019',
    'need-voucher.in-data': 'SESS-SSE-017',
    'need-voucher.beyond-delivery': 'SESS-SSE-014',
    'need-voucher.whole-budget': 'SESS-SSE-014',
    'need-voucher.inflated-accepted': ['SESS-SSE-014', 'SESS-SNAP-005'],
    'need-voucher.pings': 'SESS-SSE-014',
  },
  faults: async () => (await import('./need-voucher.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const { open } = fixtures
    await pays(t, 'need-voucher.paid', await open())
    await t.check('need-voucher.framings', async () => {
      for (const [name, change] of Object.entries(framings)) {
        const shop = await open({ units: 3, payee: { http: alterStream(change) } })
        await shop.visit()
        const short = await shortcoming(shop)
        if (short !== undefined) return broken('every unit, paid for exactly', `${name}: ${short}`)
      }
      return holds
    })
    const one = (shop: { price: bigint }) => shop.price
    await declines(t, 'need-voucher.in-data', fixtures, {
      units: 3,
      payee: { deliver: injecting },
      mostLoss: one,
    })
    const hostile = {
      'need-voucher.beyond-delivery': asking((data) => more(data, 'requiredCumulative', 10_000n)),
      'need-voucher.whole-budget': asking(
        (data) => void Object.assign(data, { requiredCumulative: '1000000' }),
      ),
      'need-voucher.inflated-accepted': asking((data) => {
        more(data, 'acceptedCumulative', 50_000n)
        more(data, 'requiredCumulative', 50_000n)
      }),
      'need-voucher.pings': pings,
    } as const
    for (const [check, payee] of Object.entries(hostile))
      await declines(t, check as keyof typeof hostile, fixtures, { payee, mostLoss: one })
  },
})

/** Sends what looks like a control event as data. */
async function* injecting(
  units: AsyncIterable<unknown>,
  stream: { charge(count?: number): Promise<unknown> },
): AsyncGenerator<string> {
  let at = 0
  for await (const _ of units) {
    await stream.charge()
    yield ++at === 2 ? forged : unitText(at)
  }
}
