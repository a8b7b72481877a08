/**
 * Looks at honest streams to learn what a unit is: one paid for step by step, then to its end, another one paid for in
 * advance. It uses a channel of its own and judges nothing: what does not answer is left for the checks to say.
 */
import * as Uint from '../../../../../src/codec/uint.ts'
import { Trace } from '../../../../kit/trace.ts'
import { Blocked, isUnanswered } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../channel.ts'
import { budget, Payer } from '../payer.ts'
import { receiptOf } from '../receipt.ts'
import type { StreamUnderTest } from '../stream.ts'
import { Subject, type SubjectOptions } from '../subject.ts'
import { needsWalk, type Observed, type Pause, type Whole } from './fit.ts'

/** Steps that are paid for one by one. */
const stepsSeen = 4
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
  const amount = enough * 2n + budget(terms, deposit)
  await fund(payer.account, terms.currency, amount, terms.methodDetails.escrowContract)
  const seen: Mutable = { amount: terms.amount, least: price, pauses: [], wholes: [], credited: false }
  await tolerant(async () => {
    const channel = await payer.open({ deposit: enough })
    await tolerant(() => stepByStep(channel, seen))
    await tolerant(async () => {
      if (again || seen.wholes.length === 0) await whole(channel, seen)
    })
    await tolerant(async () => {
      if (needsWalk(seen)) await walk(payer, enough, seen)
    })
    if (seen.credited) await anew(payer, enough, seen)
    await close(channel)
  })
  return seen
}

/** What does not answer, or refuses, shows nothing; what was seen before it counts. */
async function tolerant(look: () => Promise<void>): Promise<void> {
  try {
    await look()
  } catch (error) {
    if (!isUnanswered(error)) throw error
  }
}

interface Mutable extends Observed {
  pauses: Pause[]
  wholes: Whole[]
  walk?: Pause[]
  /** Its books hold more than was signed: what it sent for that shows nothing of units. */
  credited: boolean
}

/** A stream on which nothing is paid at first, then its first steps one by one, then all that are left. */
async function stepByStep(channel: ChannelUnderTest, seen: Mutable): Promise<void> {
  const { stream, start, spent } = await unpaid(channel, seen)
  try {
    if (!(await toPause(stream, 1))) return
    if ((stream.ask?.acceptedCumulative ?? 0n) > channel.accepted) seen.credited = true
    if (stream.ended === undefined) seen.pauses.push({ messages: stream.messages, spent })
    for (let step = 0; step < stepsSeen; step++) {
      if (!(await feed(channel, stream, seen.least)) || stream.ended !== undefined) return
      seen.pauses.push(pauseOf(channel, stream, start))
    }
    const asks = stream.asks.length
    await paid(channel, channel.accepted + seen.least * BigInt(mostUnits))
    await toPause(stream, asks + 1)
    ended(channel, stream, start, seen)
  } finally {
    stream.abort()
  }
}

/** A stream of a channel whose balance is used up, or of one step where a server sends none for nothing. */
async function unpaid(channel: ChannelUnderTest, { least }: Observed) {
  const { subject } = channel.payer
  const opening = await channel.stream(channel.accepted)
  await toPause(opening, 1)
  opening.abort()
  const { accepted } = channel
  const start = Uint.min((await spentOn(channel)) ?? opening.receipt?.spent ?? accepted, accepted)
  const stream = await channel.stream(accepted)
  // Where a repeat is refused, what was added to it may pay for units.
  const added = subject.options.reading === 'raise' ? charged(channel, start) : 0n
  if (stream.isEventStream) return { stream, start, spent: added }
  await stream.answer.text()
  return { stream: await channel.stream(channel.accepted + least), start, spent: least }
}

/** Another stream, paid for in advance. */
async function whole(channel: ChannelUnderTest, seen: Mutable): Promise<void> {
  const told = await spentOn(channel)
  const stream = await channel.stream(channel.accepted + seen.least * BigInt(mostUnits))
  const start = told ?? receiptOf(stream.answer)?.spent ?? 0n
  try {
    await toPause(stream, 1)
    ended(channel, stream, start, seen)
  } finally {
    stream.abort()
  }
}

/** Keeps what a stream came to, when it ended with something left to pay for more: then all of it was seen. */
function ended(channel: ChannelUnderTest, stream: StreamUnderTest, start: bigint, seen: Mutable): void {
  const { receipt, messages } = stream
  if (stream.ended !== 'by the target' || receipt === undefined || receipt.spent >= channel.accepted) return
  const { spent, units } = receipt
  const counted = units === undefined ? {} : { units, total: spent }
  seen.wholes.push({ messages, spent: spent - start, ...counted })
}

/** One stream on a channel where nothing else has been: what a server made up for the others is not in it. */
async function anew(payer: Payer, deposit: bigint, seen: Mutable): Promise<void> {
  seen.pauses = []
  seen.wholes = []
  delete seen.walk
  const channel = await payer.open({ deposit })
  await tolerant(() => whole(channel, seen))
  await close(channel)
}

/** A stream that is paid for step by step to its end. */
async function walk(payer: Payer, deposit: bigint, seen: Mutable): Promise<void> {
  const channel = await payer.open({ deposit })
  const { stream, start, spent: first } = await unpaid(channel, seen)
  const steps: Pause[] = []
  try {
    for (let going = await toPause(stream, 1); going && steps.length <= mostUnits; ) {
      const { messages, receipt } = stream
      const spent = stream.ended === undefined ? charged(channel, start) : (receipt?.spent ?? start) - start
      steps.push({ messages, spent: steps.length === 0 ? first : spent })
      if (stream.ended !== undefined) break
      going = await feed(channel, stream, seen.least)
    }
  } finally {
    stream.abort()
  }
  if (stream.ended === 'by the target' && first === 0n) seen.walk = steps
  await close(channel)
}

/** What was spent, where the books can be read. */
async function spentOn(channel: ChannelUnderTest): Promise<bigint | undefined> {
  try {
    return (await channel.books()).spent
  } catch (error) {
    if (error instanceof Blocked) return undefined
    throw error
  }
}

/** Pays for what was spent. */
async function close(channel: ChannelUnderTest): Promise<void> {
  const { accepted, domain } = channel
  const spent = domain.protocol === 'v1' ? await spentOn(channel) : undefined
  await (await channel.close(spent ?? accepted)).text()
}

/** Pays for one more step: by the least increase, or by what the stream asks for. Answers whether it went on. */
async function feed(channel: ChannelUnderTest, stream: StreamUnderTest, least: bigint): Promise<boolean> {
  const { length } = stream.asks
  const { messages } = stream
  const asked = stream.ask?.requiredCumulative
  if (stream.ended !== undefined) return false
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
  await stream.waitFor(() => stream.asks.length >= asks || stream.messages > mostEvents)
  return stream.messages <= mostEvents && (stream.asks.length >= asks || stream.ended === 'by the target')
}

/** Where it pauses all that was paid for is spent. Asking for the books would be another payment. */
const pauseOf = (channel: ChannelUnderTest, { messages }: StreamUnderTest, start: bigint): Pause => ({
  messages,
  spent: charged(channel, start),
})

/** What is charged where a stream pauses, in whole units: reading the books may have left less than one over. */
function charged({ accepted, payer }: ChannelUnderTest, start: bigint): bigint {
  const { amount } = payer.subject.terms
  return ((accepted - start) / amount) * amount
}
