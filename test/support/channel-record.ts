/** A sample channel as stores keep it; override what a test is about. */
import type { ChannelRecord } from '../../src/mpp/server/store/record.ts'
import { bytes32, descriptor, reserve } from './samples.ts'

export const channelRecord = (more: Partial<ChannelRecord> = {}): ChannelRecord => ({
  channelId: bytes32('ab'),
  protocol: 'v2',
  chainId: 42_431,
  escrow: reserve,
  descriptor,
  ledger: {
    deposit: 2n ** 96n - 1n,
    settled: 0n,
    closeRequestedAt: 0,
    accepted: 3000n,
    spent: 2000n,
    units: 2,
    phase: 'open',
  },
  vouchers: [{ cumulativeAmount: 3000n, signature: `0x${'11'.repeat(65)}` }],
  challengeId: 'c',
  credited: [bytes32('03')],
  chargedKeys: ['k'],
  usedAt: 5,
  ...more,
})
