/** A server believes the chain, not that a transaction was sent: failed, empty and foreign receipts are no payment. */
import * as Reserve from '../../../../../src/channel/reserve.ts'
import type { Bytes32 } from '../../../../../src/codec/hex.ts'
import { keccak256, keccakText } from '../../../../../src/codec/keccak.ts'
import * as Payload from '../../../../../src/mpp/payload.ts'
import type { Node } from '../../../../runner/node.ts'
import { scenario } from '../../../../runner/scenario.ts'
import { absent, Blocked, broken, equal, type Finding, holds, holdsIf } from '../../../../runner/verdict.ts'
import type { ChannelUnderTest } from '../../channel.ts'
import { judgeLabel } from '../../judge.ts'
import type { PreparedOpen } from '../../payer.ts'
import { receiptOf } from '../../subject.ts'
import type { Fixtures } from '../../suite.ts'
import { stranger } from './open.ts'

export const nodeLies = scenario({
  id: 'mpp/server/node-lies',
  title: 'Receipts that failed, are empty or belong to others open, fund and close nothing',
  needs: ['stream', 'node', 'v2'],
  checks: {
    'node-lies.open-failed': ['SESS-OPEN-006', 'SESS-OPEN-007'],
    'node-lies.open-no-log': 'SESS-OPEN-006',
    'node-lies.open-other-contract': 'SESS-OPEN-006',
    'node-lies.open-other-channel': ['SESS-OPEN-006', 'SESS-OPEN-018'],
    'node-lies.open-late': 'SESS-OPEN-015',
    'node-lies.top-up-failed': ['SESS-TOPUP-007', 'SESS-TOPUP-006'],
    'node-lies.top-up-other-contract': 'SESS-TOPUP-006',
    'node-lies.top-up-other-channel': 'SESS-TOPUP-006',
    'node-lies.close-failed': 'SESS-CLOSE-013',
    'node-lies.close-refused': 'SESS-CLOSE-013',
    'node-lies.close-retried': 'SESS-CLOSE-013',
    'node-lies.close-late': ['SESS-CLOSE-007', 'SESS-CLOSE-005'],
    'node-lies.unreachable': ['SESS-VOUCH-013', 'SESS-VOUCH-010'],
    'node-lies.answer-lost': ['SESS-OPEN-015', 'SESS-OPEN-016'],
    'node-lies.channel-gone': ['SESS-REORG-002', 'SESS-VOUCH-004'],
    'node-lies.channel-gone-label': 'SESS-ERR-007',
  },

  async run(t, fixtures: Fixtures) {
    await opens(t, fixtures)
    await topUps(t, fixtures)
    await closes(t, fixtures)
    await state(t, fixtures)
  },
})

type T = Parameters<typeof nodeLies.run>[0]

type Spoil = (node: Node, of: (hash: Bytes32) => boolean) => (() => void)[]

const sending = ['eth_sendRawTransaction', 'eth_sendRawTransactionSync'] as const

/** Logs of the reserve that are about another channel. */
const ofAnotherChannel: Spoil = (node, of) =>
  ['eth_getTransactionReceipt', 'eth_sendRawTransactionSync'].map((method) =>
    node.answer(method, (answer) => aboutAnother(answer), { of }),
  )

function aboutAnother(receipt: unknown): unknown {
  const { logs = [], ...rest } = (receipt ?? {}) as { logs?: { address: string; topics: string[] }[] }
  if (receipt === null) return null
  const moved = logs.map((log) =>
    log.address.toLowerCase() === Reserve.address
      ? { ...log, topics: [log.topics[0], keccakText('another channel'), ...log.topics.slice(2)] }
      : log,
  )
  return { ...rest, logs: moved }
}

const lies = {
  failed: (node, of) => [node.failReceipts({ of })],
  'no-log': (node, of) => [node.dropLogs({ of })],
  'other-contract': (node, of) => [node.moveLogs(stranger.address, { of })],
  'other-channel': ofAnotherChannel,
} as const satisfies Record<string, Spoil>

/** Runs with a lie about transactions that hold the channel's salt. */
async function lied<T>(
  node: Node,
  channel: ChannelUnderTest,
  spoil: Spoil,
  run: () => Promise<T>,
): Promise<T> {
  const ends = spoil(node, node.holding(channel.descriptor.salt))
  try {
    return await run()
  } finally {
    for (const end of ends) end()
  }
}

async function opens(t: T, { payer, units, node }: Fixtures): Promise<void> {
  /** It really was opened: the money is there, and the server was told that it is not. */
  const locked = ({ channel }: PreparedOpen) => payer.remember(channel)
  for (const name of ['failed', 'no-log', 'other-contract', 'other-channel'] as const)
    await t.check(`node-lies.open-${name}`, async () => {
      const prepared = await payer.prepareOpen()
      const answer = await lied(node, prepared.channel, lies[name], () => payer.send(prepared))
      await answer.text()
      locked(prepared)
      if (answer.accepted)
        return broken('a refusal', String(answer.status), {
          money: 'service on a channel that may not exist',
        })
      const voucher = await prepared.channel.send(
        Payload.toJson(await prepared.channel.signVoucher(units(2))),
        { note: 'a voucher on the channel that was not opened' },
      )
      await voucher.text()
      const twin = await payer.send(await payer.prepareOpen())
      await twin.text()
      if (!twin.accepted) throw new Blocked(`a lawful open was answered ${twin.status}`)
      return holdsIf(!voucher.accepted, 'no voucher on that channel either', String(voucher.status))
    })
  await t.check('node-lies.open-late', async () => {
    const prepared = await payer.prepareOpen()
    const late: Spoil = (_, of) => [node.delayReceipts({ of, times: 1 })]
    const answer = await lied(node, prepared.channel, late, () => payer.send(prepared))
    await answer.text()
    locked(prepared)
    return holdsIf(answer.accepted, '2xx once the receipt is there', String(answer.status))
  })
  // The node takes the transaction and its answer is lost: the payment is made, so trying again must find it.
  await t.check('node-lies.answer-lost', async () => {
    const prepared = await payer.prepareOpen()
    const lost: Spoil = (_, of) =>
      sending.map((method) => node.error(method, { of, times: 1, after: true, message: 'gateway timeout' }))
    const answer = await lied(node, prepared.channel, lost, () => payer.send(prepared))
    await answer.text()
    locked(prepared)
    if (answer.accepted) return holds
    const again = await payer.send(prepared, { note: 'the same open again' })
    await again.text()
    // No sentence says so; without it the deposit is locked until the payer takes it back.
    return again.accepted
      ? holds
      : broken('2xx for an open that is on chain', String(again.status), { softly: true })
  })
}

async function topUps(t: T, { payer, units, node }: Fixtures): Promise<void> {
  for (const name of ['failed', 'other-contract', 'other-channel'] as const)
    await t.check(`node-lies.top-up-${name}`, async () => {
      const channel = await payer.open()
      const before = channel.deposit
      const { raw, payload } = await topUpOf(channel, units(10))
      const ends = lies[name](node, (hash) => hash === keccak256(raw))
      const answer = await channel.send(payload)
      await answer.text()
      for (const end of ends) end()
      channel.deposit = (await channel.slot()).deposit
      if (answer.accepted)
        return broken('a refusal', String(answer.status), {
          money: 'credit for a deposit that may not exist',
        })
      const { accepted } = await channel.books()
      if (accepted !== channel.accepted) return equal(accepted, channel.accepted, 'accepted')
      const twin = await channel.topUp(units(10))
      await twin.text()
      if (!twin.accepted) throw new Blocked(`a lawful top-up was answered ${twin.status}`)
      const voucher = await channel.voucher(before + units(1))
      await voucher.text()
      return holdsIf(voucher.accepted, 'a channel that goes on', String(voucher.status))
    })
}

async function topUpOf(channel: ChannelUnderTest, amount: bigint) {
  const topUp = await channel.prepareTopUp(amount)
  return { raw: topUp.transaction, payload: Payload.toJson(topUp) }
}

async function closes(t: T, { payer, units, node }: Fixtures): Promise<void> {
  const consumed = async () => {
    const channel = await payer.open()
    const stream = await channel.stream(units(2))
    await stream.untilPause()
    stream.abort()
    channel.cutOff = 0
    return channel
  }
  const noSuccess = async (answer: Awaited<ReturnType<ChannelUnderTest['close']>>): Promise<Finding> => {
    await answer.text()
    const claimed = answer.accepted || receiptOf(answer) !== undefined
    return holdsIf(!claimed, 'no 2xx and no receipt for a close that failed', String(answer.status))
  }
  await t.check('node-lies.close-failed', async () => {
    const channel = await consumed()
    const answer = await lied(node, channel, lies.failed, () => channel.close())
    if (node.sent(channel.descriptor.salt).length < 2) throw new Blocked('no close was sent')
    return noSuccess(answer)
  })
  const channel = await consumed()
  await t.check('node-lies.close-refused', async () => {
    const refusing: Spoil = (_, of) =>
      sending.map((method) => node.error(method, { of, message: 'transaction underpriced' }))
    return noSuccess(await lied(node, channel, refusing, () => channel.close()))
  })
  await t.check('node-lies.close-retried', async () => {
    const answer = await channel.close()
    await answer.text()
    if (!answer.accepted) return broken('2xx for a close that can succeed now', String(answer.status))
    const [closed] = await channel.backing.closings(channel.id)
    return equal(closed?.settledToPayee, units(2), 'captured')
  })
  await t.check('node-lies.close-late', async () => {
    const slow = await consumed()
    const late: Spoil = (_, of) => [node.delayReceipts({ of, times: 1 })]
    const answer = await lied(node, slow, late, () => slow.close())
    await answer.text()
    if (!answer.accepted) return broken('2xx once the receipt is there', String(answer.status))
    const [closed] = await slow.backing.closings(slow.id)
    return equal(closed?.settledToPayee, units(2), 'captured')
  })
}

/** The channel's state as the node tells it, from one moment on. */
async function state(t: T, { payer, units, node }: Fixtures): Promise<void> {
  const about =
    ({ id, descriptor }: ChannelUnderTest) =>
    (params: readonly unknown[]) => {
      const asked = JSON.stringify(params).toLowerCase()
      return [id, descriptor.salt].some((hex) => asked.includes(hex.slice(2)))
    }
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
  const zero = `0x${'0'.repeat(64 * 3)}`
  const heal = node.answer(
    'eth_call',
    (answer) => {
      reads++
      // Other views answer other shapes: zeros of the same length.
      return typeof answer === 'string' ? `0x${'0'.repeat(answer.length - 2)}` : zero
    },
    { when: about(gone) },
  )
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
