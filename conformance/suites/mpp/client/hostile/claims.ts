/**
 * What a payee says of channels and totals is a claim: it suggests a channel that is not the client's, or with a snapshot of
 * what was never signed; its questions and receipts name another channel; it says nothing of what it took.
 */
import * as ChannelId from '../../../../../src/contracts/channel-id.ts'
import type * as Descriptor from '../../../../../src/contracts/descriptor.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { KnownChannel } from '../../../../peers/mpp/payee/shop/channels.ts'
import { type Shop, stranger } from '../../../../peers/mpp/payee/shop/shop.ts'
import { named, suggesting } from '../../../../peers/mpp/payee/shop/suggesting.ts'
import {
  alterEvent,
  alterReceipt,
  onResponse,
  paying,
  type Wrap,
  withoutReceipt,
} from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures, Opening } from '../fixtures.ts'
import { paidIn } from '../looks.ts'
import { declines, ended } from '../verbs.ts'

const chainId = 42_431
/** A channel that nobody opened. */
const noChannel = `0x${'13'.repeat(32)}`
const isPaid = paying('open', 'voucher', 'topUp', 'close')

/** A channel as a snapshot names it. */
interface Named {
  channelId: string
  descriptor: Descriptor.Descriptor
}

/** Channels that a payee suggests to a client with a channel of its own. */
const suggested = {
  'claims.snapshot-amounts': ({ id, descriptor }) => ({ channelId: id, descriptor }),
  'claims.snapshot-channel'({ descriptor: own, domain: { escrow } }) {
    const descriptor = { ...own, payer: stranger.address, authorizedSigner: stranger.address }
    return { channelId: ChannelId.v2(descriptor, { escrow, chainId }), descriptor }
  },
  'claims.snapshot-id': ({ descriptor }) => ({ channelId: noChannel, descriptor }),
} as const satisfies Readonly<Record<string, (own: KnownChannel) => Named>>

/** What is said of a suggested channel: more was accepted than was ever signed. */
const claimed = {
  deposit: '100000',
  acceptedCumulative: '40000',
  spent: '40000',
  settled: '0',
  requiredCumulative: '50000',
} as const

/** Lies about the channel of a sale, and about its totals. */
const lies = {
  'claims.question-channel': alterEvent('payment-need-voucher', (data) =>
    Object.assign(data, { channelId: noChannel }),
  ),
  'claims.receipt-channel': alterReceipt(isPaid, (receipt) =>
    Object.assign(receipt, { channelId: noChannel, reference: noChannel }),
  ),
  'claims.receipt-event-channel': alterEvent('payment-receipt', (data) =>
    Object.assign(data, { channelId: noChannel, reference: noChannel }),
  ),
  // Above what any voucher can be signed for; cut to its lower bits it is one unit more.
  'claims.overflow': alterEvent('payment-need-voucher', (data) => {
    data['requiredCumulative'] = String(BigInt(String(data['requiredCumulative'])) + 2n ** 128n)
  }),
  'claims.no-receipt': onResponse(isPaid, withoutReceipt),
} as const satisfies Readonly<Record<string, Wrap>>

export const claims = scenario({
  id: 'mpp/client/claims',
  title: 'What a payee says of channels and totals is a claim: nothing is signed on its word alone',
  checks: {
    'claims.snapshot-amounts': 'SESS-SNAP-005',
    'claims.snapshot-channel': 'SESS-CLI-002',
    'claims.snapshot-id': 'SESS-SNAP-004',
    'claims.question-channel': 'SESS-CLI-002',
    'claims.receipt-channel': 'SESS-CLI-002',
    'claims.receipt-event-channel': 'SESS-CLI-002',
    'claims.overflow': ['SESS-SSE-014', 'SESS-DESC-006'],
    'claims.no-receipt': ['SESS-CLI-005', 'SESS-SSE-014'],
  },
  faults: async () => (await import('./claims.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const suggesters = Object.entries(suggested).map(([check, name]) => {
      let own: KnownChannel | undefined
      let suggestion: Named | undefined
      const told = () =>
        suggestion === undefined
          ? undefined
          : { ...named(suggestion, { escrow: Reserve.address, chainId }), ...claimed }
      return declines(t, check as keyof typeof suggested, fixtures, {
        payee: { http: suggesting(told) },
        // The first errand breaks off, so that the second has a channel to go on with.
        cutAfter: 3,
        env: { LEAVE: '1' },
        // So much is really there where a client deposits what is suggested.
        offer: { suggestedDeposit: '0.100' },
        twin: {},
        // One unit may be under way at each break.
        mostLoss: (shop) => 2n * shop.price,
        async run(shop) {
          await shop.visit()
          own = shop.channels.all[0]
          if (own === undefined) throw new Blocked('no channel was opened')
          suggestion = name(own)
          await shop.visit({ env: { LEAVE: '0' } })
        },
        also: (shop) => (suggestion?.channelId === own?.id ? holds : unnamed(shop, suggestion?.channelId)),
      })
    })
    const liars = Object.entries(lies).map(([check, http]) => {
      const opening: Opening = { payee: { http }, units: 4 }
      return declines(t, check as keyof typeof lies, fixtures, {
        ...opening,
        twin: {},
        mostLoss: (shop) => shop.price,
        also(shop) {
          const finding = unnamed(shop, noChannel)
          if (finding.found !== 'holds') return finding
          const { length } = shop.channels.all
          return length > 1 ? broken('one channel', `${length} channels opened`) : ended(shop)
        },
      })
    })
    await Promise.all([...suggesters, ...liars])
  },
})

/** Whether no credential names a channel that is not the client's. */
function unnamed(shop: Shop, channelId: string | undefined): Finding {
  const found = paidIn(shop).find(({ credential: { raw } }) => raw['channelId'] === channelId)
  return found === undefined
    ? holds
    : broken('no credential for a channel of the payee’s naming', `one for ${channelId}`, {
        exchange: found.exchange,
      })
}
