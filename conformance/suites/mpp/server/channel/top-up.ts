/** A top-up raises the deposit, by what really arrived, and nothing else. */
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, equal, holdsIf } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import type { Payer } from '../../../../peers/mpp/payer/payer.ts'
import { receiptFrom } from '../../../../peers/mpp/payer/receipt.ts'
import { noDescriptor } from '../attempts.ts'
import type { Fixtures } from '../fixtures.ts'
import { type Attempt, accepts, refuses } from '../verbs.ts'

export const topUp = scenario({
  id: 'mpp/server/top-up',
  title: 'A top-up raises the deposit, by what really arrived, and nothing else',
  uses: ['stream'],
  checks: {
    'top-up.accepted': 'SESS-GEN-003',
    'top-up.receipt': 'SESS-RCPT-001',
    'top-up.on-chain': 'SESS-TOPUP-007',
    'top-up.usable-at-once': 'SESS-TOPUP-008',
    'top-up.no-credit': 'SESS-TOPUP-009',
    'top-up.more-than-deposited': 'SESS-TOPUP-004',
    'top-up.other-channel': 'SESS-TOPUP-004',
    'top-up.other-descriptor': 'SESS-TOPUP-005',
    'top-up.no-service': 'SESS-TOPUP-009',
    'top-up.mid-stream': ['SESS-SSE-010', 'SESS-SSE-006'],
    'top-up.asks-beyond-deposit': 'SESS-SSE-003',
  },
  faults: () => import('./top-up.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const { payer, units } = fixtures
    const channel = await payer.open()
    const before = channel.deposit
    const answer = await channel.topUp(units(10))
    await accepts(t, 'top-up.accepted', async () => answer)
    if (!answer.accepted) throw new Blocked(`a lawful top-up was answered ${answer.status}`)
    await t.check('top-up.receipt', () =>
      equal(receiptFrom(answer, payer.subject)?.channelId, channel.id, 'channelId of the receipt'),
    )
    await t.check('top-up.on-chain', async () =>
      equal((await channel.slot()).deposit, before + units(10), 'deposit'),
    )
    await t.check('top-up.no-credit', () => {
      const receipt = receiptFrom(answer, payer.subject)
      if (receipt === undefined) throw new Blocked('there is no receipt to read')
      return equal(receipt.acceptedCumulative, units(1), 'accepted')
    })
    await t.check('top-up.usable-at-once', async () => {
      const higher = await channel.voucher(before + units(5))
      await higher.text()
      return holdsIf(higher.accepted, '2xx above the old deposit', String(higher.status))
    })

    await refuses(
      t,
      'top-up.more-than-deposited',
      onTopUp(
        payer,
        async (lying) => {
          const payload = Payload.toJson(await lying.prepareTopUp(1n))
          return lying.send({ ...payload, additionalDeposit: units(500).toString() })
        },
        uncovered,
      ),
    )
    await ofAnother(t, fixtures)
    await midStream(t, fixtures)
  },
})

type T = Parameters<typeof topUp.run>[0]

const uncovered = 'vouchers are accepted that no deposit covers'

/** Top-ups of one channel that name another. */
async function ofAnother(t: T, { payer, units }: Fixtures): Promise<void> {
  if (!t.wants('top-up.other-channel', 'top-up.other-descriptor')) return
  const elsewhere = await payer.open()
  await refuses(
    t,
    'top-up.other-channel',
    onTopUp(
      payer,
      async (target) => {
        const { transaction } = await elsewhere.prepareTopUp(units(10))
        return target.send({ ...Payload.toJson(await target.prepareTopUp(units(10))), transaction })
      },
      uncovered,
    ),
  )
  if (payer.protocol === 'v1') return t.check('top-up.other-descriptor', () => absent(noDescriptor))
  await refuses(
    t,
    'top-up.other-descriptor',
    onTopUp(payer, async (described) => {
      const payload = Payload.toJson(await described.prepareTopUp(units(10)))
      return described.send({ ...payload, descriptor: elsewhere.descriptor })
    }),
  )
}

/** An act on a channel of its own; a lawful top-up of it is the twin. */
const onTopUp =
  (payer: Payer, act: (channel: ChannelUnderTest) => Promise<Exchange>, money?: string) =>
  async (): Promise<Attempt> => {
    const channel = await payer.open()
    return {
      act: () => act(channel),
      twin: () => channel.topUp(payer.subject.units(10)),
      position: channel.position,
      ...(money === undefined ? {} : { money }),
    }
  }

/** A stream runs into its deposit: it asks beyond it, and goes on after a top-up and a voucher. */
async function midStream(t: T, fixtures: Fixtures): Promise<void> {
  const { units } = fixtures
  const checks = ['top-up.asks-beyond-deposit', 'top-up.no-service', 'top-up.mid-stream'] as const
  if (!t.wants(...checks)) return
  const channel = await nearlySpent(fixtures)
  if (channel === undefined) {
    const reason = absent(`no deposit that ${mostConsumed} units use up is taken`)
    for (const check of checks) await t.check(check, () => reason)
    return
  }
  const { deposit } = channel
  const running = await channel.stream(deposit)
  await running.untilPause()
  const { ask } = running
  await t.check('top-up.asks-beyond-deposit', () => {
    const { deposit: told, requiredCumulative: required } = ask ?? {}
    if (ask !== undefined && (told === undefined || required === undefined))
      throw new Blocked('the need-voucher event cannot be read (see stream.need-voucher-fields)')
    return holdsIf(
      told === deposit && required !== undefined && required > deposit,
      `deposit ${deposit}, requiredCumulative above it`,
      `deposit ${told}, requiredCumulative ${required}`,
    )
  })
  const { length } = running.units
  await t.check('top-up.no-service', async () => {
    await (await channel.topUp(units(5))).text()
    await channel.payer.subject.roundTrip()
    return equal(running.units.length, length, 'units after a top-up without a voucher')
  })
  await t.check('top-up.mid-stream', async () => {
    await (await channel.voucher(deposit + units(1))).text()
    await running.waitFor(() => running.asks.length > 1)
    return equal(running.units.length, length + 1, 'units')
  })
  running.abort()
}

/** Units that are streamed, some at a time, to come near the end of the least deposit a server takes. */
const mostConsumed = 100
const atATime = 15

/** A channel with at most two units left of its deposit; undefined when the server takes no such deposit (spec/readings.md F9). */
async function nearlySpent({ payer, units }: Fixtures): Promise<ChannelUnderTest | undefined> {
  const small = await payer.prepareOpen({ deposit: units(2) })
  const opened = await payer.send(small)
  await opened.text()
  if (opened.accepted) return small.channel
  const channel = await payer.open()
  const left = Number(channel.deposit / units(1))
  if (left > mostConsumed || channel.deposit % units(1) !== 0n) return undefined
  for (let total = 0; total < left - 2; ) {
    total = Math.min(total + atATime, left - 2)
    await channel.consume(total)
  }
  return channel
}
