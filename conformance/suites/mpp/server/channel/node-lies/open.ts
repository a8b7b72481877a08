/** Opens that did not happen as the node tells them: no channel comes of them. Those that did happen are found. */
import * as Payload from '../../../../../../src/mpp/wire/payload.ts'
import type { Tester } from '../../../../../kit/tester.ts'
import { Blocked, broken, holds, holdsIf } from '../../../../../kit/verdict.ts'
import type { PreparedOpen } from '../../../../../peers/mpp/payer/payer.ts'
import type { Fixtures } from '../../fixtures.ts'
import { lied, lies, type Spoil, sending } from './lie.ts'

export const openChecks = {
  'node-lies.open-failed': ['SESS-OPEN-006', 'SESS-OPEN-007'],
  'node-lies.open-no-log': 'SESS-OPEN-006',
  'node-lies.open-other-contract': 'SESS-OPEN-006',
  'node-lies.open-other-channel': ['SESS-OPEN-006', 'SESS-OPEN-018'],
  'node-lies.open-late': 'SESS-OPEN-015',
  'node-lies.answer-lost': ['SESS-OPEN-015', 'SESS-OPEN-016'],
} as const

type T = Tester<keyof typeof openChecks>

/** Lies about opens. */
export async function opens(t: T, { payer, units, node }: Fixtures): Promise<void> {
  /** It really was opened: the money is there, and the server was told that it is not. */
  const locked = ({ channel }: PreparedOpen) => payer.remember(channel)
  for (const name of ['failed', 'no-log', 'other-contract', 'other-channel'] as const)
    await t.check(`node-lies.open-${name}`, async () => {
      const prepared = await payer.prepareOpen()
      const answer = await lied(node, prepared.channel, lies[name], () => payer.send(prepared))
      await answer.text()
      locked(prepared)
      if (answer.accepted)
        return broken('a refusal', String(answer.status), {
          money: 'service on a channel that may not exist',
        })
      const voucher = await prepared.channel.send(
        Payload.toJson(await prepared.channel.signVoucher(units(2))),
        { note: 'a voucher on the channel that was not opened' },
      )
      await voucher.text()
      const twin = await payer.send(await payer.prepareOpen())
      await twin.text()
      if (!twin.accepted) throw new Blocked(`a lawful open was answered ${twin.status}`)
      return holdsIf(!voucher.accepted, 'no voucher on that channel either', String(voucher.status))
    })
  await t.check('node-lies.open-late', async () => {
    const prepared = await payer.prepareOpen()
    const late: Spoil = (_, of) => [node.delayReceipts({ of, times: 1 })]
    const answer = await lied(node, prepared.channel, late, () => payer.send(prepared))
    await answer.text()
    locked(prepared)
    return holdsIf(answer.accepted, '2xx once the receipt is there', String(answer.status))
  })
  // The node takes the transaction and its answer is lost: the payment is made, so trying again must find it.
  await t.check('node-lies.answer-lost', async () => {
    const prepared = await payer.prepareOpen()
    const lost: Spoil = (_, of) =>
      sending.map((method) => node.error(method, { of, times: 1, after: true, message: 'gateway timeout' }))
    const answer = await lied(node, prepared.channel, lost, () => payer.send(prepared))
    await answer.text()
    locked(prepared)
    if (answer.accepted) return holds
    const again = await payer.send(prepared, { note: 'the same open again' })
    await again.text()
    // No sentence says so; without it the deposit is locked until the payer takes it back.
    return again.accepted
      ? holds
      : broken('2xx for an open that is on chain', String(again.status), { softly: true })
  })
}
