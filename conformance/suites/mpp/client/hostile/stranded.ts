/**
 * A payee that says a channel is over while it is open, breaks off, or does not end it: what it says is a claim, and the
 * deposit is got back on chain without it. How much the payee may keep is judged elsewhere; here no deposit stays locked.
 */
import { transactionHash } from '../../../../../src/chain/faults.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import { cutting } from '../../../../peers/mpp/payee/shop/breaks.ts'
import { handedOver } from '../../../../peers/mpp/payee/shop/takings.ts'
import {
  crash,
  instead,
  inventedReceipt,
  paying,
  payloadOf,
  type Wrap,
} from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { abilities } from '../offers.ts'

/** Seconds that pass before a deposit is taken back: the grace period and a minute. */
const graceSeconds = 960

const type = 'https://paymentauth.org/problems/session/channel-finalized'
/** What is said of a channel that is over (SESS Problem Type Registration). */
export const gone = () =>
  Response.json(
    { type, title: 'Channel Finalized', status: 410 },
    { status: 410, headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' } },
  )

const closes = paying('close')

/** Answers a close by a receipt that names another transaction, which was mined: the open. */
const naming: Wrap = (handler) => {
  let txHash: string | undefined
  return async (request) => {
    if (closes(request)) return inventedReceipt(request, txHash === undefined ? {} : { txHash })
    txHash ??= transactionHash(payloadOf(request)['transaction'])
    return handler(request)
  }
}

/** Check -> what is answered to a channel that is open and stays so. */
const answers = {
  'stranded.close-pretended': instead(closes, () => new Response(null, { status: 204 })),
  'stranded.close-receipt': naming,
  'stranded.close-failed': instead(closes, crash),
  'stranded.gone': instead(paying('voucher', 'topUp', 'close'), gone),
  'stranded.cut': (handler) => cutting(3)(instead(closes, crash)(handler)),
} as const satisfies Readonly<Record<string, Wrap>>

export const stranded = scenario({
  id: 'mpp/client/stranded',
  title: 'A payee’s word does not end a channel: every deposit can be got back',
  checks: {
    'stranded.close-pretended': 'SESS-CLI-003',
    'stranded.close-receipt': 'SESS-CLI-003',
    'stranded.close-failed': 'SESS-CLI-003',
    'stranded.gone': ['SESS-CLI-003', 'SESS-CLI-008'],
    'stranded.cut': ['SESS-CLI-003', 'SESS-CLI-001'],
  },
  faults: async () => (await import('./stranded.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const judged = Object.entries(answers).map(([check, http]) =>
      t.check(check as keyof typeof answers, () => recovered(fixtures, http)),
    )
    await Promise.all(judged)
  },
})

/** Whether a client gets back what it locked, by asking the chain. */
async function recovered({ open, can, lost }: Fixtures, http: Wrap): Promise<Finding> {
  if (!can('recovers')) return absent(abilities.recovers)
  const shop = await open({ greedy: true, payee: { http } })
  await shop.visit()
  if (handedOver(shop).length === 0) throw new Blocked('no channel was opened')
  if ((await shop.locked()) > 0n) {
    await shop.visit({ env: { RECOVER: '1' } })
    if (!shop.passTime(graceSeconds)) return absent('time cannot be moved on this chain')
    await shop.visit({ env: { RECOVER: '1' } })
  }
  const locked = await shop.locked()
  const { loss } = await shop.take()
  lost(loss)
  return locked === 0n ? holds : broken('the deposit got back', `${locked} still locked`)
}
