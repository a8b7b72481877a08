/** A node that fails, or denies a channel it had: what the server accepts afterwards. */
import type { Tester } from '../../../../../kit/tester.ts'
import { absent, broken, type Finding, holdsIf } from '../../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../../peers/mpp/payer/channel.ts'
import { judgeLabel } from '../../answers.ts'
import type { Fixtures } from '../../fixtures.ts'

export const stateChecks = {
  'node-lies.unreachable': ['SESS-VOUCH-013', 'SESS-VOUCH-010'],
  'node-lies.channel-gone': ['SESS-REORG-002', 'SESS-VOUCH-004'],
  'node-lies.channel-gone-label': 'SESS-ERR-007',
} as const

type T = Tester<keyof typeof stateChecks>

/** Picks requests about a channel. */
export const about =
  ({ id, descriptor }: ChannelUnderTest) =>
  (params: readonly unknown[]): boolean => {
    const asked = JSON.stringify(params).toLowerCase()
    return [id, descriptor.salt].some((hex) => asked.includes(hex.slice(2)))
  }

const noChannel = `0x${'0'.repeat(64 * 3)}`

/** A view as of a channel that was never opened: zeros, as many as were answered. */
export function denying(answer: unknown, read: () => void): string {
  read()
  // Other views answer other shapes.
  return typeof answer === 'string' ? `0x${'0'.repeat(answer.length - 2)}` : noChannel
}

/** The channel's state as the node tells it, from one moment on. */
export async function state(t: T, { payer, units, node }: Fixtures): Promise<void> {
  await t.check('node-lies.unreachable', async () => {
    const channel = await payer.open()
    const when = about(channel)
    const heal = node.error('eth_call', { when, message: 'rate limited' })
    const answer = await channel.voucher(units(3))
    await answer.text()
    heal()
    const again = await channel.voucher(units(3))
    await again.text()
    return holdsIf(again.accepted, '2xx when the node answers again', String(again.status))
  })

  const gone = await payer.open()
  await (await gone.voucher(units(3))).text()
  let reads = 0
  const heal = node.answer('eth_call', (answer) => denying(answer, () => reads++), { when: about(gone) })
  const answer = await gone.voucher(units(4), {}, { note: 'the node now says that there is no such channel' })
  const body = await answer.text()
  heal()
  const looked = (judge: () => Finding) => () =>
    reads === 0 ? absent('the server did not ask the chain for this voucher (spec/readings.md F5)') : judge()
  await t.check(
    'node-lies.channel-gone',
    looked(() =>
      answer.accepted
        ? broken('no voucher on a channel the chain does not have', String(answer.status), {
            money: 'the payee serves and can never collect',
          })
        : holdsIf(answer.status >= 400, 'a refusal', String(answer.status)),
    ),
  )
  await t.check(
    'node-lies.channel-gone-label',
    looked(() => judgeLabel(answer, body, ['session/channel-not-found', 'session/channel-finalized'])),
  )
}
