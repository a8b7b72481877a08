/** The text of a channel is the same however it was come by: written whole, or around what a charge changed. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as Record from '../../../src/mpp/server/store/record.ts'
import { channelRecord } from '../../support/channel-record.ts'

const opened = (): Record.ChannelRecord =>
  channelRecord({
    ledger: {
      deposit: 1_000n,
      settled: 0n,
      closeRequestedAt: 0,
      accepted: 500n,
      spent: 0n,
      units: 0,
      phase: 'open',
    },
    usedAt: 1,
  })

/** As a record that was never written: none of its parts is known. */
const whole = (record: Record.ChannelRecord): string => Record.encode(structuredClone(record))

type Change = (record: Record.ChannelRecord) => Record.ChannelRecord
const changes = fc.oneof(
  { weight: 4, arbitrary: fc.nat(9).map((cost): Change => charged(BigInt(cost))) },
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(
    (usedAt): Change =>
      (record) => ({ ...record, usedAt }),
  ),
  fc.string().map(
    (challengeId): Change =>
      (record) => ({ ...record, challengeId }),
  ),
  fc.string().map(
    (key): Change =>
      (record) => ({ ...record, chargedKeys: [...record.chargedKeys, key] }),
  ),
  fc.nat().map(
    (openedBlock): Change =>
      (record) => ({ ...record, openedBlock }),
  ),
  fc.nat().map(
    (since): Change =>
      (record) => ({ ...record, ledger: { ...record.ledger, missing: { since } } }),
  ),
  fc.constant<Change>((record) => ({ ...record, vouchers: [...record.vouchers] })),
  fc.constant<Change>(({ openedBlock: _, ...record }) => record),
)

const charged =
  (cost: bigint): Change =>
  (record) => ({
    ...record,
    ledger: { ...record.ledger, spent: record.ledger.spent + cost, units: record.ledger.units + 1 },
    usedAt: record.usedAt + 1,
  })

test('after any changes', () => {
  fc.assert(
    fc.property(fc.array(changes, { maxLength: 20 }), (list) => {
      let record = opened()
      for (const change of list) {
        record = change(record)
        expect(Record.encode(record)).toBe(whole(record))
      }
    }),
  )
})

test('where a payer wrote the books of its channel into its descriptor', () => {
  const { ledger, usedAt, ...rest } = opened()
  const wire = { closeRequestedAt: 0, deposit: '1000', phase: 'open', settled: '0', spent: '0', units: 0 }
  const descriptor = { ...rest.descriptor, ledger: { accepted: '500', ...wire }, usedAt }
  let record: Record.ChannelRecord = { ...rest, descriptor, ledger, usedAt }
  for (let n = 0; n < 3; n++) {
    expect(Record.encode(record)).toBe(whole(record))
    expect(Record.decode(Record.encode(record)).ledger).toEqual(record.ledger)
    record = charged(5n)(record)
  }
})
