/** Payments the payer broadcasts: their money is gone, so what is refused is the payer's loss. */
import type { Bytes32 } from '../../../../../src/codec/hex.ts'
import { keccakText } from '../../../../../src/keys/keccak.ts'
import type * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import * as TempoCharge from '../../../../../src/mpp/wire/tempo-charge.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked } from '../../../../kit/verdict.ts'
import { ChargeUnderTest } from '../../../../peers/mpp/payer/charge.ts'
import type { Fixtures } from '../fixtures.ts'
import { accepts, refuses } from '../verbs.ts'

export const push = scenario({
  id: 'mpp/server/push',
  title: 'A transaction the payer broadcast pays for one challenge, if it is there and for enough',
  needs: ['push'],
  checks: {
    'push.accepted': 'CORE-STAT-005',
    'push.replay': 'CHG-004',
    'push.respelled': 'CHG-004',
    'push.other-challenge': 'CHG-004',
    'push.others-payment': ['CHG-006', 'CHG-004'],
    'push.underpaid': 'CHG-006',
    'push.unmined': 'CHG-006',
  },
  faults: () => import('./push.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, payer, anotherPayer }: Fixtures) {
    const target = new ChargeUnderTest(subject.at('push'), payer)
    const twin = () => target.pay()
    const sent = async (change: Partial<TempoCharge.Transfer> = {}) =>
      target.broadcast(await target.sign(await target.challenge(), { change }))
    const payment = await sent()
    await accepts(t, 'push.accepted', () => target.push(payment))
    const used = () => {
      if (!target.isUsed(payment)) throw new Blocked('the first use was refused')
    }
    await refuses(t, 'push.replay', {
      act: () => {
        used()
        return target.push(payment)
      },
      twin,
      money: 'content twice for one price',
    })
    await refuses(t, 'push.respelled', {
      act: async () => {
        used()
        const hash = `0x${payment.hash.slice(2).toUpperCase()}`
        return target.took(payment, await target.send(payment.challenge, { type: 'hash', hash }))
      },
      twin,
      money: 'content twice for one price, by writing the hash in capitals',
    })
    await refuses(t, 'push.other-challenge', {
      act: async () => {
        used()
        return target.push(payment, await target.challenge())
      },
      twin,
      money: 'content for somebody else’s payment',
    })
    await othersPayment(t, target, new ChargeUnderTest(target.subject, await anotherPayer()))
    const less = await sent({ amount: payment.price - 1n })
    await refuses(t, 'push.underpaid', {
      act: () => target.push(less),
      twin,
      money: 'content for less than its price',
    })
    await refuses(t, 'push.unmined', {
      act: async () => {
        const challenge = await target.challenge()
        const hash: Bytes32 = keccakText(`no transaction ${challenge.id}`)
        return target.send(challenge, { type: 'hash', hash })
      },
      twin,
      money: 'content for nothing',
    })
  },
})

type T = Parameters<typeof push.run>[0]

/** A transaction that somebody else broadcast for a challenge of their own, and has not used yet. */
async function othersPayment(t: T, target: ChargeUnderTest, other: ChargeUnderTest): Promise<void> {
  const memoOf = ({ request }: Challenge.Challenge) => TempoCharge.decode(request).methodDetails?.memo
  const [own, theirs] = [await target.challenge(), await other.challenge()]
  if (memoOf(own) === undefined || memoOf(own) === memoOf(theirs))
    return t.check('push.others-payment', () =>
      absent('the challenge asks for no memo of its own: any equal transfer pays it (spec/readings.md P2)'),
    )
  const payment = await other.broadcast(await other.sign(theirs))
  await refuses(t, 'push.others-payment', {
    act: () => target.push(payment, own),
    twin: () => other.push(payment),
    money: 'content for somebody else’s payment',
  })
}
