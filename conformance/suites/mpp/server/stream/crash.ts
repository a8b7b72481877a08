/** A server that is killed at any moment knows afterwards what it delivered and what it was paid (spec/readings.md A26). */
import { keccakText } from '../../../../../src/keys/keccak.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, equal, type Finding, holds, holdsIf, TargetError } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { receiptFrom } from '../../../../peers/mpp/payer/receipt.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'

export const crash = scenario({
  id: 'mpp/server/crash',
  title: 'A server that is killed knows afterwards what it delivered and what it was paid',
  needs: ['start', 'stream'],
  uses: ['slow'],
  checks: {
    'crash.accepted': ['SESS-CRASH-002', 'SESS-CRASH-004'],
    'crash.spent': ['SESS-CRASH-001', 'SESS-CRASH-004'],
    'crash.overcharged': 'SESS-ACCT-010',
    'crash.goes-on': 'SESS-CRASH-004',
    'crash.no-respend': ['SESS-ACCT-012', 'SESS-CRASH-004'],
    'crash.close': ['SESS-CRASH-004', 'SESS-CLOSE-004'],
  },
  faults: () => import('./crash.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer, launch, units }: Fixtures) {
    const instance = await launch()
    const payer = await anotherPayer(subject.of(instance))
    const { kills = usualKills } = subject.options
    const channel = await payer.open({ deposit: units(40 + kills * mostPerKill) })
    // A channel that nothing happens to is remembered too: the audit closes it.
    await payer.open()
    let signed = 1
    for (let kill = 0; kill < kills; kill++) {
      const random = (below: number) =>
        Number(BigInt(keccakText(`${payer.address} ${kill} ${below}`)) % BigInt(below))
      signed += 2 + random(4)
      const running = await channel.stream(units(signed))
      const allSpent = kill % 2 === 1
      const wanted = random(3)
      await running.waitFor(() => running.asks.length > 0 || (!allSpent && running.units.length >= wanted))
      // A voucher is under way when the server dies: it may have been taken or not.
      if (!allSpent) signed += 2
      const late = allSpent ? undefined : answered(channel.voucher(units(signed)))
      if (random(2) === 1) await late
      await instance.kill()
      await late
      await running.waitFor(() => running.ended !== undefined)
      await instance.restart()
      await t.check('crash.accepted', () => acceptedIsKept(channel, units(1)))
      if (allSpent)
        await t.check('crash.no-respend', async () => {
          const again = await channel.stream(units(signed))
          if (again.isEventStream) await again.firstSign()
          again.abort()
          return equal(again.units.length, 0, 'units for a balance that was spent before the kill')
        })
      await t.check('crash.goes-on', async () => {
        const answer = await channel.voucher(units(++signed))
        const body = await answer.text()
        return holdsIf(answer.accepted, '2xx to the next voucher', describe(answer, body))
      })
      await t.check('crash.spent', async () => {
        const { spent } = await channel.books()
        return spent >= channel.surelyWorth
          ? holds
          : broken(`at least ${channel.surelyWorth} spent`, `spent ${spent} after kill ${kill + 1}`, {
              money: 'what was delivered before the kill is not paid',
            })
      })
      await t.check('crash.overcharged', () => notOvercharged(channel, kill + 1))
    }
    // Where units take their time the kill comes between two of them.
    if (subject.options.resources.has('slow'))
      await t.check('crash.overcharged', async () => {
        const slow = await anotherPayer(subject.at('slow').of(instance))
        const cut = await slow.open()
        const running = await cut.stream(slow.subject.units(unitsPaid))
        await running.until(() => running.units.length > 0)
        await instance.kill()
        await running.waitFor(() => running.ended !== undefined)
        await instance.restart()
        return notOvercharged(cut, 1)
      })
    await t.check('crash.close', async () => {
      const answer = await channel.close(units(signed))
      const body = await answer.text()
      if (!answer.accepted) return broken('2xx to a close', describe(answer, body))
      const [found] = await channel.backing.closings(channel.id)
      const captured = found?.settledToPayee ?? 0n
      return holdsIf(
        captured >= channel.surelyWorth && captured <= units(signed),
        `${channel.surelyWorth} to ${units(signed)} captured`,
        `${captured}`,
      )
    })
  },
})

/** Kills when the command line does not say how many: one in mid-stream, one when all is spent. */
const usualKills = 2

/** Units signed for around one kill, at most. */
const mostPerKill = 8

/** Units paid for on the slow stream: more than come before the kill. */
const unitsPaid = 20

/**
 * The client pays for what it got, and for what was charged and under way at each kill: one unit, or as many as the
 * server says that it charges ahead (spec/readings.md A26).
 */
async function notOvercharged(channel: ChannelUnderTest, kills: number): Promise<Finding> {
  const { units, options } = channel.payer.subject
  const { spent } = await channel.books()
  const most = units(channel.delivered + kills * (options.chargeAhead ?? 1))
  if (spent <= most) return holds
  const times = `${kills} kill${kills === 1 ? '' : 's'}`
  return broken(`at most ${most} spent after ${times}`, `spent ${spent}`, {
    money: 'what was never delivered is paid',
  })
}

/** Waits for an answer that may never come. */
async function answered(work: Promise<{ text(): Promise<string> }>): Promise<void> {
  try {
    await (await work).text()
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
  }
}

/** What was answered 2xx before the kill is not forgotten: a lower voucher is no advance. */
async function acceptedIsKept(channel: ChannelUnderTest, step: bigint): Promise<Finding> {
  const { accepted } = channel
  if (accepted <= step) throw new Blocked('no voucher was accepted before the kill')
  const answer = await channel.send(Payload.toJson(await channel.signVoucher(accepted - step)))
  const body = await answer.text()
  const now = receiptFrom(answer)?.acceptedCumulative
  if (!answer.accepted) return answer.status === 410 ? broken('the channel', describe(answer, body)) : holds
  // Answered 2xx without a change, it is not forgotten either (spec/readings.md R13).
  return holdsIf(now !== undefined && now >= accepted, `accepted ${accepted}`, `accepted ${now}`)
}
