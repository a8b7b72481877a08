/**
 * Looks at honest streams to learn what a unit is: one paid for step by step, then to its end, another one paid for in
 * advance. It uses a channel of its own and judges nothing: what does not answer is left for the checks to say.
 */
import * as Uint from '../../../../src/codec/uint.ts'
import { Trace } from '../../../runner/trace.ts'
import { Blocked, TargetError } from '../../../runner/verdict.ts'
import type { ChannelUnderTest } from '../channel.ts'
import { budget, Payer } from '../payer.ts'
import type { StreamUnderTest } from '../stream.ts'
import { Subject, type SubjectOptions } from '../subject.ts'
import { needsWalk, type Observed, type Pause, type Whole } from './fit.ts'

/** Steps that are paid for one by one. */
const stepsSeen = 3
/** Longest stream that is paid for to its end, in units. */
const mostUnits = 200
/** Most message events of one stream. */
const mostEvents = 4_000

/** How much is looked at: a stream's end takes as long as the stream. */
export interface Depth {
  /** Streams paid for in advance, to see whether they are alike. */
  again: boolean
}

/** What honest streams of a subject show; undefined when none could be had. */
export async function observe(
  options: SubjectOptions,
  seed: string,
  { again }: Depth,
): Promise<Observed | undefined> {
  const { terms, fund, deposit } = options
  if (terms === undefined) return undefined
  const subject = new Subject({ ...options, units: undefined }, new Trace().recorder('units'))
  const payer = new Payer(subject, `${seed} units ${new URL(options.url).pathname}`)
  const price = Uint.max(terms.amount, terms.methodDetails.minVoucherDelta ?? 0n)
  const enough = Uint.max(price * BigInt(mostUnits) * 4n, deposit ?? 0n)
  await fund(payer.address, terms.currency, enough * 2n + budget(terms, deposit))
  const seen: Mutable = { amount: terms.amount, least: price, pauses: [], wholes: [] }
  try {
    const channel = await payer.open({ deposit: enough })
    await stepByStep(channel, seen)
    if (again && seen.wholes.length > 0) await whole(channel, seen)
    if (needsWalk(seen)) await walk(payer, enough, seen)
    await close(channel)
  } catch (error) {
    if (!(error instanceof TargetError || error instanceof Blocked)) throw error
  }
  return seen
}

interface Mutable extends Observed {
  pauses: Pause[]
  wholes: Whole[]
  walk?: Pause[]
}

/** A stream with its first steps paid for one by one, and then all that are left. */
async function stepByStep(channel: ChannelUnderTest, seen: Mutable): Promise<void> {
  const start = (await channel.books()).spent
  const stream = await channel.stream(channel.accepted)
  const reached = () => pauseOf(channel, stream, start)
  try {
    if (!(await toPause(stream, 1))) return
    seen.pauses.push(await reached())
    for (let step = 0; step < stepsSeen; step++) {
      if (!(await feed(channel, stream, seen.least))) break
      seen.pauses.push(await reached())
    }
    if (stream.ended === undefined) {
      const asks = stream.asks.length
      await paid(channel, channel.accepted + seen.least * BigInt(mostUnits))
      await toPause(stream, asks + 1)
    }
    if (stream.ended === 'by the target') seen.wholes.push(await endOf(channel, stream, start))
  } finally {
    stream.abort()
  }
}

/** Another stream, paid for in advance. */
async function whole(channel: ChannelUnderTest, seen: Mutable): Promise<void> {
  const start = (await channel.books()).spent
  const stream = await channel.stream(Uint.max(start, channel.accepted) + seen.least * BigInt(mostUnits))
  try {
    await toPause(stream, 1)
    if (stream.ended === 'by the target') seen.wholes.push(await endOf(channel, stream, start))
  } finally {
    stream.abort()
  }
}

/** A stream that is paid for step by step to its end, on a channel where nothing is left over. */
async function walk(payer: Payer, deposit: bigint, seen: Mutable): Promise<void> {
  const channel = await payer.open({ deposit })
  const opening = await channel.stream(channel.accepted)
  await toPause(opening, 1)
  opening.abort()
  const start = (await channel.books()).spent
  const stream = await channel.stream(channel.accepted)
  const steps: Pause[] = []
  try {
    for (let going = await toPause(stream, 1); going && steps.length <= mostUnits; ) {
      // Where it pauses, all that was paid for is spent; the end has a receipt.
      const { messages, receipt } = stream
      steps.push({
        messages,
        spent: (stream.ended === undefined ? channel.accepted : (receipt?.spent ?? 0n)) - start,
      })
      if (stream.ended !== undefined) break
      going = await feed(channel, stream, seen.least)
    }
  } finally {
    stream.abort()
  }
  if (stream.ended === 'by the target' && steps[0]?.spent === 0n) seen.walk = steps
  await close(channel)
}

/** Pays for what was spent. */
async function close(channel: ChannelUnderTest): Promise<void> {
  const { spent } = await channel.books()
  await (await channel.close(channel.domain.protocol === 'v1' ? spent : channel.accepted)).text()
}

/** Pays for one more step: by the least increase, or by what the stream asks for. Answers whether it went on. */
async function feed(channel: ChannelUnderTest, stream: StreamUnderTest, least: bigint): Promise<boolean> {
  const { length } = stream.asks
  const { messages } = stream
  const asked = stream.ask?.requiredCumulative
  const goneOn = () => stream.ended !== undefined || stream.asks.length > length
  const total = channel.accepted + least
  await paid(channel, total)
  if (asked !== undefined && asked > total) {
    // It asks for more than the least: for several units at once, or for more than it needs.
    await channel.payer.subject.roundTrip()
    if (!goneOn() && stream.messages === messages) await paid(channel, asked)
  }
  return toPause(stream, length + 1)
}

async function paid(channel: ChannelUnderTest, cumulativeAmount: bigint): Promise<void> {
  const answer = await channel.voucher(Uint.min(cumulativeAmount, channel.deposit))
  await answer.text()
  if (!answer.accepted) throw new Blocked(`a lawful voucher was answered ${answer.status}`)
}

/** Waits for the pause or the end; false when neither came, or more than is looked at. */
async function toPause(stream: StreamUnderTest, asks: number): Promise<boolean> {
  if (!stream.isEventStream) return false
  await stream.settled(() => stream.asks.length >= asks || stream.messages > mostEvents)
  return stream.messages <= mostEvents && (stream.asks.length >= asks || stream.ended === 'by the target')
}

const pauseOf = async (
  channel: ChannelUnderTest,
  { messages }: StreamUnderTest,
  start: bigint,
): Promise<Pause> => ({
  messages,
  spent: (await channel.books()).spent - start,
})

async function endOf(channel: ChannelUnderTest, stream: StreamUnderTest, start: bigint): Promise<Whole> {
  const { receipt, messages } = stream
  const spent = receipt?.spent ?? (await channel.books()).spent
  const units = receipt?.units
  return { messages, spent: spent - start, ...(units === undefined ? {} : { units }) }
}
