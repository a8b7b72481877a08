/** What a server makes of a node that is wrong for a moment: a channel it denies, a close it answers with an error. */
import type { ChainClient } from '../../../../../../src/chain/client.ts'
import { RpcError } from '../../../../../../src/chain/rpc.ts'
import type { Hex } from '../../../../../../src/codec/hex.ts'
import type { Tester } from '../../../../../kit/tester.ts'
import { absent, Blocked, broken, equal, holds } from '../../../../../kit/verdict.ts'
import { describe } from '../../answers.ts'
import type { Fixtures } from '../../fixtures.ts'
import { lied, type Spoil, sending } from './lie.ts'
import { about, denying } from './state.ts'

export const unsureChecks = {
  'node-lies.stale-voucher': ['SESS-VOUCH-010', 'SESS-REORG-002'],
  'node-lies.stale-close': ['SESS-CLOSE-011', 'SESS-CLOSE-005'],
  'node-lies.close-unknown': ['SESS-CLOSE-012', 'SESS-CLOSE-013'],
} as const

type T = Tester<keyof typeof unsureChecks>

/** Lies that are over soon. No text says how often a server must look, or what an error means: they are judged softly. */
export async function unsure(t: T, fixtures: Fixtures): Promise<void> {
  await stale(t, fixtures)
  await closeUnknown(t, fixtures)
}

/** The node denies the channel for one voucher, and has it again. */
async function stale(t: T, { payer, units, node }: Fixtures): Promise<void> {
  const channel = await payer.open()
  await channel.consume(2)
  let reads = 0
  const heal = node.answer('eth_call', (answer) => denying(answer, () => reads++), { when: about(channel) })
  await (await channel.voucher(units(3))).text()
  heal()
  const looked = () => (reads === 0 ? absent('the server did not ask the chain for this voucher') : undefined)
  await t.check('node-lies.stale-voucher', async () => {
    const again = await channel.voucher(units(3))
    const body = await again.text()
    return again.accepted
      ? (looked() ?? holds)
      : broken('2xx when the node has the channel again', describe(again, body), { softly: true })
  })
  await t.check('node-lies.stale-close', async () => {
    const answer = await channel.close(units(3))
    const body = await answer.text()
    const [closed] = await channel.backing.closings(channel.id)
    if (closed !== undefined) return looked() ?? equal(closed.settledToPayee, units(2), 'captured')
    return broken('a close that captures what was delivered', describe(answer, body), {
      softly: true,
      money: 'what was delivered can never be collected, for one wrong answer of a node',
    })
  })
}

/** The node answers an error to a close, and takes it later: what was delivered meanwhile is not in it. */
async function closeUnknown(t: T, { payer, units, node, subject }: Fixtures): Promise<void> {
  await t.check('node-lies.close-unknown', async () => {
    const channel = await payer.open()
    await channel.consume(2)
    const sent = node.broadcasts.length
    const failing: Spoil = (_, of) =>
      sending.map((method) => node.error(method, { of, code: -32_603, message: 'upstream timed out' }))
    await (await lied(node, channel, failing, () => channel.close(units(2)))).text()
    const [close] = node.sent(channel.descriptor.salt, sent)
    if (close === undefined) throw new Blocked('no close was sent')
    const stream = await channel.stream(units(4))
    if (stream.isEventStream) await stream.waitFor(() => stream.asks.length > 0)
    stream.abort()
    // What timed out on its way arrives.
    await arrives(subject.options.chain, close.raw)
    const [closed] = await channel.backing.closings(channel.id)
    if (closed === undefined) throw new Blocked('the close that arrived late did not succeed')
    const due = units(channel.delivered)
    return closed.settledToPayee === due
      ? holds
      : broken(`${due} captured`, `${closed.settledToPayee} captured`, {
          softly: true,
          money: 'what was delivered after a close of unknown outcome is not paid',
        })
  })
}

/** Brings a transaction to the chain, unless the server has brought it or another close there meanwhile. */
async function arrives(chain: ChainClient, raw: Hex): Promise<void> {
  try {
    await chain.broadcast(raw)
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
  }
}
