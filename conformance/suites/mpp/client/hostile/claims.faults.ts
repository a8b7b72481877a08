/** Faults of clients that take a payee's word for a channel or for a total. */

import { httpRpc } from '../../../../../src/chain/http-rpc.ts'
import type { JsonObject } from '../../../../../src/codec/json.ts'
import * as ChannelId from '../../../../../src/contracts/channel-id.ts'
import * as Descriptor from '../../../../../src/contracts/descriptor.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import { accountFromKey } from '../../../../../src/keys/accounts.ts'
import { session } from '../../../../../src/mpp/client/session.ts'
import { fault, faultsOf, ok } from '../fault.ts'
import { hearing, hearingText, readingTerms, rewriting } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('claims')

type Puppet = NonNullable<ClientVariant['fetch']>

const both =
  (one: Puppet, other: Puppet): Puppet =>
  (fetch, env) =>
    one(other(fetch, env), env)

/** Signs under the name of a suggested channel, where a condition picks its snapshot. */
const goingOn = (picks: (snapshot: JsonObject) => boolean): ClientVariant => ({
  fetch(fetch, env) {
    let name: JsonObject[string] | undefined
    const heard = readingTerms((_, details) => {
      const snapshot = details['sessionSnapshot'] as JsonObject | undefined
      if (snapshot !== undefined && picks(snapshot)) name = snapshot['channelId']
    })
    const said = rewriting(({ payload }) => {
      // An open says by its transaction which channel it opens.
      if (name !== undefined && payload['action'] !== 'open') payload['channelId'] = name
    })
    return both(said, heard)(fetch, env)
  },
})

const derives = ({ channelId, descriptor }: JsonObject): boolean =>
  ChannelId.v2(Descriptor.fromJson(descriptor), { escrow: Reserve.address, chainId: 42_431 }) === channelId

/** Signs under whatever channel an event names. */
const following = (event: string): ClientVariant => ({
  rules: { sign: { channel: ok }, receipt: { channel: ok } },
  fetch(fetch, env) {
    let name: JsonObject[string] | undefined
    const heard = hearing(event, (data) => {
      name = data['channelId']
    })
    const said = rewriting(({ payload }) => {
      if (name !== undefined) payload['channelId'] = name
    })
    return both(said, heard)(fetch, env)
  },
})

/** The most that snapshots claim, by channel. */
const claimed = new Map<string, bigint>()

export const faults = [
  named('closes-for-what-a-snapshot-says', 'SESS-SNAP-005', ['snapshot-amounts'], {
    fetch: readingTerms((_, details) => {
      const snapshot = details['sessionSnapshot'] as JsonObject | undefined
      if (snapshot !== undefined) claimed.set(String(snapshot['channelId']), 5_000n)
    }),
    rules: {
      sign: {
        closeAmount: ({ channelId, authorized }) => authorized + (claimed.get(channelId) ?? 0n),
      },
    },
  }),
  // Whether it has a channel of its own, or comes without one.
  fault({
    name: 'goes-on-with-any-channel',
    breaks: 'SESS-CLI-002',
    caughtBy: ['claims.snapshot-channel', 'claims.snapshot-id', 'resume.id', 'resume.foreign'],
    variant: goingOn(() => true),
  }),
  fault({
    name: 'derives-no-channel-id',
    breaks: 'SESS-SNAP-004',
    caughtBy: ['claims.snapshot-id', 'resume.id'],
    variant: goingOn((snapshot) => !derives(snapshot)),
  }),
  fault({
    name: 'goes-on-with-channels-of-others',
    breaks: 'SESS-CLI-002',
    caughtBy: ['claims.snapshot-channel', 'resume.foreign'],
    variant: goingOn(derives),
  }),
  named(
    'signs-for-the-channel-of-a-question',
    'SESS-CLI-002',
    ['question-channel'],
    following('payment-need-voucher'),
  ),
  named(
    'signs-for-the-channel-of-a-receipt-event',
    'SESS-CLI-002',
    ['receipt-event-channel'],
    following('payment-receipt'),
  ),
  named('signs-for-the-channel-of-a-receipt', 'SESS-CLI-002', ['receipt-channel'], {
    rules: { receipt: { channel: ok } },
    fetch(fetch, env) {
      let name: string | undefined
      const said = rewriting(({ payload }) => {
        if (name !== undefined) payload['channelId'] = name
      })
      return said(async (input, init) => {
        const response = await fetch(input, init)
        const receipt = response.headers.get('payment-receipt')
        if (receipt !== null)
          name = (JSON.parse(Buffer.from(receipt, 'base64url').toString()) as { channelId: string }).channelId
        return response
      }, env)
    },
  }),
  named('signs-the-lower-bits', 'SESS-SSE-014', ['overflow'], {
    // It takes what it cannot write down for the next price, five units dear.
    rules: { sign: { withinStep: ok } },
    fetch: hearingText((text) =>
      text.replaceAll(/"requiredCumulative":"(34028\d{34})"/g, (_, total: string) => {
        const lower = (BigInt(total) & (2n ** 96n - 1n)) + 5_000n
        return `"requiredCumulative":"${lower}"`
      }),
    ),
  }),
  named('pays-again-without-a-receipt', 'SESS-CLI-005', ['no-receipt'], {
    async does(doing, usual) {
      try {
        await usual(doing)
      } catch (error) {
        if (!String(error).includes('without a receipt')) throw error
        await again(doing.env)(doing.url)
      }
    },
  }),
]

/** Another session, which knows nothing of the first. */
const again =
  ({ PRIVATE_KEY = '', RPC_URL = '', MAX_DEPOSIT = '1' }: Readonly<Record<string, string>>) =>
  async (url: string): Promise<void> => {
    const account = accountFromKey(PRIVATE_KEY)
    const paying = session({ account, chain: httpRpc(RPC_URL), maxDeposit: MAX_DEPOSIT })
    for await (const _ of paying.sse(url)) break
    await paying.close()
  }
