/** A stream runs at the pace of its reader: units that are not read are not charged. */
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, holdsIf } from '../../../../kit/verdict.ts'
import type { Fixtures } from '../fixtures.ts'

export const long = scenario({
  id: 'mpp/server/long',
  title: 'A client that does not read is not charged for the whole stream',
  needs: ['long'],
  checks: {
    'long.unread': 'SESS-ACCT-010',
  },
  faults: () => import('./long.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer }: Fixtures) {
    const payer = await anotherPayer(subject.at('long'))
    const { units } = payer.subject
    const channel = await payer.open({ deposit: units(unitsPaid + 1) })
    const unread = await channel.unread(units(unitsPaid))
    const { answer } = unread
    if (!answer.accepted) throw new Blocked(`a stream was asked for and answered ${answer.status}`)
    let spent = -1n
    let now = (await channel.books()).spent
    // Buffers fill, then nothing moves any more: two looks in a row see the same.
    while (now !== spent && now < units(unitsPaid)) {
      spent = now
      for (let i = 0; i < 3; i++) await payer.subject.roundTrip()
      now = (await channel.books()).spent
    }
    await t.check('long.unread', () =>
      holdsIf(
        now < units(unitsPaid),
        `less than ${units(unitsPaid)} spent while nothing is read`,
        `spent ${now}`,
      ),
    )
    unread.abort()
  },
})

/** Of 16 kB each: more than the sockets on the way hold together, which is about 10 MB. */
const unitsPaid = 1_000
