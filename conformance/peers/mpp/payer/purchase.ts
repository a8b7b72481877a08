/** One answer of a resource that charges one unit for each whole response: what came, and what its receipt says. */
import * as Payload from '../../../../src/mpp/wire/payload.ts'
import type { Receipt } from '../../../../src/mpp/wire/receipt.ts'
import type { Exchange } from '../../../harness/http.ts'
import type { ChannelUnderTest } from './channel.ts'
import { receiptOf, type SendOptions, type Subject } from './subject.ts'

export interface Purchase {
  answer: Exchange
  body: string
  receipt: Receipt | undefined
  /** Whether content came. */
  served: boolean
}

/** Asks for content with a voucher for `cumulativeAmount`. What is sold whole need not be an event stream. */
export async function buy(
  channel: ChannelUnderTest,
  cumulativeAmount: bigint,
  options: SendOptions & { change?: object } = {},
): Promise<Purchase> {
  const payload = { ...Payload.toJson(await channel.signVoucher(cumulativeAmount)), ...options.change }
  const answer = channel.took(
    await channel.send(payload, { method: 'GET', accept: '*/*', ...options }),
    cumulativeAmount,
  )
  return received(channel, answer, options.on)
}

/** Reads an answer to its end and counts what was delivered, at the price of the resource it came from. */
export async function received(
  channel: ChannelUnderTest,
  answer: Exchange,
  { units }: Subject = channel.payer.subject,
): Promise<Purchase> {
  const body = await answer.text()
  const served = answer.accepted && body !== ''
  if (served) channel.bought += units(1)
  return { answer, body, receipt: receiptOf(answer), served }
}

/** How many were served. */
export const servedOf = (purchases: readonly Purchase[]): number =>
  purchases.filter(({ served }) => served).length
