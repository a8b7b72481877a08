/** No error carries a receipt: whatever was asked for, by whatever method, also of a channel that the server knows well. */
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import type { Recorder } from '../../../../kit/trace.ts'
import { broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { stranger } from '../strangers.ts'

/** Adds refusals that a scenario did not cause itself, and checks every error of the scenario for a receipt. */
export async function noReceipts(recorder: Recorder, channel: ChannelUnderTest): Promise<Finding> {
  const { subject } = channel.payer
  const units = subject.units
  const voucher = async (amount: bigint, account = channel.signer) =>
    Payload.toJson(await channel.signVoucher(amount, account))
  for (const method of ['GET', 'HEAD']) {
    await refused(channel, await voucher(channel.deposit + 1n), method)
    await refused(channel, await voucher(units(2), stranger), method)
  }
  await (await subject.request({ method: 'DELETE' })).text()
  await (await channel.closeUnused()).text()
  // The server knows what was paid on a channel that is closed, and has no success to tell.
  for (const method of [subject.refusable, 'GET', 'HEAD'])
    await refused(channel, await voucher(units(3)), method)
  await refused(channel, Payload.toJson(await channel.signClose(units(3))), subject.refusable)
  for (const entry of recorder.since(0)) {
    if (entry.kind !== 'response' || entry.status < 400) continue
    if (entry.headers.some(([name]) => name.toLowerCase() === 'payment-receipt'))
      return broken('no Payment-Receipt with an error', `one with ${entry.status}`, {
        exchange: entry.exchange,
      })
  }
  return holds
}

async function refused(channel: ChannelUnderTest, payload: object, method: string): Promise<void> {
  const answer = await channel.send(payload, { method, impatient: true })
  if (answer.isEventStream) answer.abort()
  else await answer.text()
}
