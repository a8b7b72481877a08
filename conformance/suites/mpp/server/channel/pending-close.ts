/** From the payer's requestClose on, only a close is honoured, until a top-up takes the request back. */
import { RpcError } from '../../../../../src/chain/rpc.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, type Finding, holds, holdsIf } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { refuses } from '../verbs.ts'

/** How long a server may take to notice a request it was not told of, in milliseconds (spec/readings.md F6). */
const pollGraceMs = 2_000

export const pendingClose = scenario({
  id: 'mpp/server/pending-close',
  title: 'A pending close request bars vouchers, content and opens, and not the close',
  needs: ['stream'],
  checks: {
    'pending-close.voucher': 'SESS-VOUCH-004',
    'pending-close.spend': ['SESS-VOUCH-004', 'SESS-REORG-002'],
    'pending-close.mid-stream': ['SESS-REORG-002', 'SESS-VOUCH-004'],
    'pending-close.resumes': 'SESS-TOPUP-012',
    'pending-close.open': 'SESS-OPEN-012',
    'pending-close.close': 'SESS-CLOSE-011',
    'pending-close.captures-spent': ['SESS-CLOSE-011', 'SESS-CLOSE-005'],
  },
  faults: () => import('./pending-close.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    // First: no channel of the payer is being closed yet that would give it money back meanwhile.
    await open(t, fixtures)
    if (t.wants('pending-close.voucher', 'pending-close.spend', 'pending-close.resumes'))
      await requested(t, fixtures)
    if (t.wants('pending-close.mid-stream')) await midStream(t, fixtures)
    if (t.wants('pending-close.close', 'pending-close.captures-spent')) await close(t, fixtures)
  },
})

type T = Parameters<typeof pendingClose.run>[0]

/** The payer requests the close of a channel that is in use, and takes the request back. */
async function requested(t: T, { payer, units }: Fixtures): Promise<void> {
  const channel = await payer.open()
  await (await channel.voucher(units(3))).text()
  await requestClose(channel)
  await t.check('pending-close.voucher', () => bars(channel, units(4)))
  const { accepted } = channel
  await t.check('pending-close.spend', async () => {
    const stream = await channel.stream(accepted)
    if (stream.isEventStream) await stream.firstSign()
    const served = stream.units.length
    stream.abort()
    // What was authorized before can still be claimed within the grace period, if the server is quick (A17).
    return served === 0
      ? holds
      : broken('no content while a close is pending', `${served} units`, { softly: true })
  })
  await t.check('pending-close.resumes', () => resumes(channel, units(5), units(10)))
}

async function requestClose(channel: ChannelUnderTest): Promise<void> {
  const { success } = await channel.onChain(await channel.backing.requestCloseCalls(channel))
  if (!success) throw new Blocked('the chain took no close request')
}

/** A server may poll for requests, but then a voucher is refused as soon as it can have noticed. */
async function bars(channel: ChannelUnderTest, amount: bigint): Promise<Finding> {
  const first = await channel.voucher(amount)
  await first.text()
  if (!first.accepted) return holdsIf(first.status >= 400, 'a refusal', String(first.status))
  await new Promise((resolve) => setTimeout(resolve, pollGraceMs))
  const second = await channel.voucher(amount + 1n)
  await second.text()
  return broken('no voucher accepted while a close is pending', `${first.status}, later ${second.status}`, {
    money: 'after the grace period the payer withdraws what the vouchers were for',
    softly: !second.accepted,
  })
}

/** A payee may answer the request with its close at once: then there is nothing left to take back. */
const claimed = async (channel: ChannelUnderTest): Promise<boolean> =>
  (await channel.backing.closings(channel.id)).length > 0
const alreadyClaimed = absent('the payee answered the request with its close')

async function resumes(channel: ChannelUnderTest, amount: bigint, more: bigint): Promise<Finding> {
  if (await claimed(channel)) return alreadyClaimed
  try {
    return await takenBack(channel, amount, more)
  } catch (error) {
    if (error instanceof RpcError && (await claimed(channel))) return alreadyClaimed
    throw error
  }
}

/** A top-up takes the request back; where the server takes none now, the payer sends it itself (A17). */
async function takenBack(channel: ChannelUnderTest, amount: bigint, more: bigint): Promise<Finding> {
  const before = channel.accepted
  const viaServer = await channel.topUp(more)
  await viaServer.text()
  if (!viaServer.accepted) await channel.topUpOnChain(more)
  if ((await channel.slot()).closeRequestedAt !== 0) throw new Blocked('the request was not taken back')
  if (channel.payer.subject.options.reading !== 'chain') {
    const { accepted } = await channel.books().catch((error: unknown) => {
      if (error instanceof Blocked) return { accepted: undefined }
      throw error
    })
    if (accepted === undefined) return broken('2xx after the request was taken back', 'no voucher is taken')
    if (accepted !== before) return equal(accepted, before, 'accepted after the pause')
  }
  const answer = await channel.voucher(amount)
  await answer.text()
  return holdsIf(answer.accepted, '2xx after the request was taken back', String(answer.status))
}

/** A stream that waits for a voucher gets none any more. */
async function midStream(t: T, { payer, units, subject }: Fixtures): Promise<void> {
  const channel = await payer.open()
  const stream = await channel.stream(units(2))
  await stream.untilPause()
  await requestClose(channel)
  await (await channel.voucher(units(4))).text()
  await subject.roundTrip()
  await t.check('pending-close.mid-stream', () =>
    equal(stream.units.length, 2, 'units of a stream whose channel the payer is closing'),
  )
  stream.abort()
}

/** The payer opens and requests the close before the server has seen the channel. */
async function open(t: T, { payer }: Fixtures): Promise<void> {
  await refuses(t, 'pending-close.open', async () => {
    const prepared = await payer.prepareOpen()
    await payer.broadcast(prepared)
    await requestClose(prepared.channel)
    return {
      act: () => payer.send(prepared),
      twin: async () => payer.send(await payer.prepareOpen()),
      position: payer.position,
      money: 'the payer withdraws what the payee is still serving for',
    }
  })
}

async function close(t: T, { payer, units }: Fixtures): Promise<void> {
  const channel = await payer.open()
  await channel.streamToPause(units(2))
  await requestClose(channel)
  await t.check('pending-close.close', async () => {
    const answer = await channel.close(units(2))
    const body = await answer.text()
    if (!answer.accepted && (await claimed(channel))) return holds
    return holdsIf(answer.accepted, '2xx', describe(answer, body))
  })
  await t.check('pending-close.captures-spent', async () => {
    const [closed] = await channel.backing.closings(channel.id)
    return equal(closed?.settledToPayee, units(2), 'captured')
  })
}
