/**
 * A server may send its units in any lawful way: nothing fails and nothing is blocked for it, and what the kit learnt is
 * told. `selftest --controls 'sends-*'` judges the whole suite so.
 */
import { expect, test } from 'vitest'
import { type Variant, variants } from '../../conformance/peers/mpp/payee/delivery.ts'
import { judged } from '../../conformance/suites/mpp/server/controls/judge.ts'
import { fault } from '../../conformance/suites/mpp/server/fault.ts'

const only = 'stream,streaming,advisory,close,hostile,delta,pending-close,replay,crash'

test.each(Object.entries(variants))('%s: nothing fails', async (_, variant: Variant) => {
  const { said, passed, red } = await judged({ variant, only })
  expect(red).toEqual([])
  expect(said).toBe(variant.said)
  expect(passed).toBeGreaterThan(80)
})

/** A feature that is judged alone learns for itself what it counts by. */
const counting = 'top-up,voucher,open,settlement,funding,signer'.split(',')

test.each(counting)('%s alone, with a free title: nothing fails', async (feature) => {
  const { red } = await judged({ variant: variants['free-title'] as Variant, only: feature })
  expect(red).toEqual([])
})

test.each([1, 2, 3, 5])(
  'a stream of %d units with a free title: nothing fails for its length',
  async (most) => {
    const server = fault({
      name: 'brief',
      breaks: '',
      caughtBy: [],
      async *deliver(units, stream) {
        let sent = 0
        for await (const unit of units) {
          if (sent++ === most) return
          await stream.charge()
          yield unit
        }
      },
    })
    const { red } = await judged({
      fault: server,
      variant: variants['free-title'] as Variant,
      only: 'stream,replay,streaming,close',
    })
    expect(red.filter(({ verdict }) => verdict !== 'blocked')).toEqual([])
  },
)
