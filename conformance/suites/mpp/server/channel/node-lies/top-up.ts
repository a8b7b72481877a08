/** Top-ups that did not happen as the node tells them: no credit comes of them. */
import { keccak256 } from '../../../../../../src/keys/keccak.ts'
import * as Payload from '../../../../../../src/mpp/wire/payload.ts'
import type { Tester } from '../../../../../kit/tester.ts'
import { Blocked, broken, equal, holdsIf } from '../../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../../peers/mpp/payer/channel.ts'
import type { Fixtures } from '../../fixtures.ts'
import { lies } from './lie.ts'

export const topUpChecks = {
  'node-lies.top-up-failed': ['SESS-TOPUP-007', 'SESS-TOPUP-006'],
  'node-lies.top-up-other-contract': 'SESS-TOPUP-006',
  'node-lies.top-up-other-channel': 'SESS-TOPUP-006',
} as const

type T = Tester<keyof typeof topUpChecks>

/** Lies about top-ups. */
export async function topUps(t: T, { payer, units, node }: Fixtures): Promise<void> {
  for (const name of ['failed', 'other-contract', 'other-channel'] as const)
    await t.check(`node-lies.top-up-${name}`, async () => {
      const channel = await payer.open()
      const before = channel.deposit
      const { raw, payload } = await topUpOf(channel, units(10))
      const ends = lies[name](node, (hash) => hash === keccak256(raw))
      const answer = await channel.send(payload)
      await answer.text()
      for (const end of ends) end()
      await channel.lookUpDeposit()
      if (answer.accepted)
        return broken('a refusal', String(answer.status), {
          money: 'credit for a deposit that may not exist',
        })
      const signed = channel.accepted
      const { accepted } = await channel.books()
      if (accepted !== signed) return equal(accepted, signed, 'accepted')
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
