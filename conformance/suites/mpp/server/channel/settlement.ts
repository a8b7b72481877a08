/** What a server settles before the close stays paid, once: the close and later vouchers count it. */
import * as Uint from '../../../../../src/codec/uint.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, type Finding, holds } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import type { Fixtures } from '../fixtures.ts'
import { refuses } from '../verbs.ts'

/** Units delivered before a settlement is looked for: as many as a server may let run up. */
const delivered = 50

export const settlement = scenario({
  id: 'mpp/server/settlement',
  title: 'What is settled before the close is paid once',
  needs: ['stream'],
  checks: {
    'settlement.within-spent': ['SESS-SETL-009', 'SESS-CLOSE-004'],
    'settlement.pays-difference': ['SESS-SETL-002', 'SESS-SETL-001'],
    'settlement.settled-voucher': 'SESS-CLOSE-003',
    'settlement.below-settled': 'SESS-VOUCH-005',
  },
  faults: () => import('./settlement.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const { payer, units } = fixtures
    const channel = await payer.open({ deposit: units(delivered + 20) })
    await channel.consume(delivered)
    // More is authorized than was consumed: a settlement must not take it.
    await (await channel.voucher(units(delivered + 10))).text()
    const settled = await settledOf(channel)
    // A server may settle whenever it likes, or not before the close (SESS-SETL-001).
    const judged = (judge: () => Promise<Finding> | Finding) => () =>
      settled === 0n ? absent('nothing was settled before the close') : judge()
    const spent = units(channel.delivered)
    await t.check(
      'settlement.within-spent',
      judged(() =>
        // It cannot be undone, so what is settled above what was consumed is taken (spec/readings.md A4).
        settled <= spent
          ? holds
          : broken(`at most ${spent} settled`, `${settled} settled`, {
              softly: true,
              money: 'the payer pays for what was not delivered',
            }),
      ),
    )
    await channel.consume(delivered + 10)
    await laterVouchers(t, channel)
    await (await channel.close()).text()
    await t.check(
      'settlement.pays-difference',
      judged(async () => {
        const [closed] = await channel.backing.closings(channel.id)
        if (closed === undefined) throw new Blocked('the channel could not be closed')
        const total = Uint.max(units(channel.delivered), settled)
        return equal(closed.settledToPayee, total, 'paid in all, by settlements and the close')
      }),
    )
  },
})

type T = Parameters<typeof settlement.run>[0]

/** A voucher that was shown to the chain can be read there by everybody: it is worth nothing any more. */
async function laterVouchers(t: T, channel: ChannelUnderTest): Promise<void> {
  const { units } = channel.payer.subject
  const { settled } = await channel.slot()
  const checks = ['settlement.settled-voucher', 'settlement.below-settled'] as const
  if (settled === 0n || settled >= units(channel.delivered)) {
    const why = settled === 0n ? 'nothing was settled before the close' : 'all that was delivered is settled'
    for (const check of checks) await t.check(check, () => absent(why))
    return
  }
  const acts = [
    async () => channel.send(Payload.toJson(await channel.signClose(settled))),
    async () => channel.send(Payload.toJson(await channel.signVoucher(settled - 1n))),
  ] as const
  for (const [i, check] of checks.entries())
    await refuses(t, check, {
      act: acts[i] as () => Promise<Exchange>,
      twin: () => channel.voucher(channel.accepted + units(1)),
      position: channel.position,
      money: 'what was delivered since is not paid',
    })
}

/** What the chain says is settled, once the server has had time for a transaction. */
async function settledOf(channel: ChannelUnderTest): Promise<bigint> {
  for (let i = 0; i < 5; i++) {
    const { settled } = await channel.slot()
    if (settled > 0n) return settled
    await channel.payer.subject.roundTrip()
  }
  return 0n
}
