/** One answer of a resource that charges one unit for each whole response: what came, and what its receipt says. */
import * as Payload from '../../../../src/mpp/wire/payload.ts'
import type { Receipt } from '../../../../src/mpp/wire/receipt.ts'
import type { Exchange } from '../../../harness/http.ts'
import type { ChannelUnderTest } from './channel.ts'
import { slugOf } from './problem.ts'
import { receiptOf } from './receipt.ts'
import type { SendOptions } from './subject.ts'

export interface Purchase {
  answer: Exchange
  body: string
  receipt: Receipt | undefined
  /** Whether content came. */
  served: boolean
}

/** One that was asked for with a voucher of its own. */
export interface Bought extends Purchase {
  /** Amount of the voucher. */
  signed: bigint
}

/** Asks for content with a voucher for `total`. What is sold whole need not be an event stream. */
export async function buy(
  channel: ChannelUnderTest,
  total: bigint,
  options: SendOptions & { change?: object } = {},
): Promise<Bought> {
  const cumulativeAmount = channel.asking(total)
  const payload = { ...Payload.toJson(await channel.signVoucher(cumulativeAmount)), ...options.change }
  const answer = await channel.present(
    payload,
    cumulativeAmount,
    { method: 'GET', accept: '*/*', ...options },
    'voucher',
    total,
  )
  const came = await received(channel, answer, options)
  if (isUncovered(came)) channel.kept(cumulativeAmount)
  return { ...came, signed: cumulativeAmount }
}

/** Asks for content as `buy` does and hangs up before it comes: an answer 2xx counts as delivered. */
export async function hangUp(
  channel: ChannelUnderTest,
  cumulativeAmount: bigint,
  options: SendOptions = {},
): Promise<void> {
  const payload = Payload.toJson(await channel.signVoucher(cumulativeAmount))
  const answer = await channel.send(payload, { method: 'GET', ...options })
  answer.abort()
  if (answer.accepted) count(channel, answer, options)
}

/** Reads an answer to its end and counts what was delivered; `options` are those it was asked for with. */
export async function received(
  channel: ChannelUnderTest,
  answer: Exchange,
  options: SendOptions = {},
): Promise<Purchase> {
  const body = await answer.text()
  const { acknowledgements } = (options.on ?? channel.payer.subject).options
  const served = answer.accepted && body !== '' && acknowledgements?.has({ answer, body }) !== true
  if (served) count(channel, answer, options)
  return { answer, body, receipt: receiptOf(answer), served }
}

/** Writes a delivery down, with what tells a repeated answer: its key, and the total in its receipt. */
function count(channel: ChannelUnderTest, answer: Exchange, options: SendOptions): void {
  const { on = channel.payer.subject, headers = [] } = options
  const key = headers.find(([name]) => name.toLowerCase() === 'idempotency-key')?.[1]
  const spent = receiptOf(answer)?.spent
  channel.record({
    is: 'served',
    server: on.server,
    units: on.unit.step,
    price: on.terms.amount,
    ...(key === undefined ? {} : { key }),
    ...(spent === undefined ? {} : { spent }),
  })
}

/** Refused for want of balance alone: the voucher itself counts (spec/readings.md A7). */
const isUncovered = ({ answer, body }: Purchase): boolean =>
  answer.status === 402 && slugOf(body) === 'session/insufficient-balance'

/** How many were served. */
export const servedOf = (purchases: readonly Purchase[]): number =>
  purchases.filter(({ served }) => served).length
