/** A channel that the chain does not have any more buys nothing more, in the middle of a stream either. */
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, holds } from '../../../../kit/verdict.ts'
import type { Fixtures } from '../fixtures.ts'

/** Units paid for, no more than every slow resource has; and how many a server has to have left when it learns of it. */
const unitsPaid = 20
const fewest = 10

export const reorg = scenario({
  id: 'mpp/server/reorg',
  title: 'A stream ends when its channel is gone from the chain',
  needs: ['slow', 'node'],
  checks: {
    'reorg.mid-stream': ['SESS-REORG-002', 'SESS-REORG-001'],
  },
  faults: () => import('./reorg.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const payer = await fixtures.anotherPayer(fixtures.subject.at('slow'))
    const { units } = payer.subject
    const channel = await payer.open()
    const stream = await channel.stream(units(unitsPaid))
    await stream.until(() => stream.units.length > 0)
    if (stream.units.length === 0) throw new Blocked('no unit came')

    let atFirstRead: number | undefined
    const { id, descriptor } = channel
    const heal = fixtures.node.answer(
      'eth_call',
      (answer) => {
        atFirstRead ??= stream.units.length
        return `0x${'0'.repeat(String(answer).length - 2)}`
      },
      {
        when: (params) => {
          const asked = JSON.stringify(params).toLowerCase()
          return [id, descriptor.salt].some((hex) => asked.includes(hex.slice(2)))
        },
      },
    )
    await stream.waitFor(() => stream.asks.length > 0)
    heal()
    const { length } = stream.units
    stream.abort()
    await t.check('reorg.mid-stream', () => {
      if (atFirstRead === undefined)
        return absent('the stream was over before the server looked at the chain again')
      if (length < unitsPaid) return holds
      if (unitsPaid - atFirstRead < fewest)
        return absent('the stream was nearly over when the server looked at the chain again')
      return broken(
        'the end of the stream',
        `${unitsPaid - atFirstRead} units after the chain denied the channel`,
        { money: 'the payee serves and can never collect' },
      )
    })
  },
})
