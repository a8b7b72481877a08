/** The books of one channel: what was signed, taken, delivered and captured, folded from its facts. */
import type { Address, Bytes32 } from '../../../../src/codec/hex.ts'
import * as Uint from '../../../../src/codec/uint.ts'
import type { SessionProtocol } from '../../../../src/contracts/voucher.ts'
import type { ChannelFact } from './fact.ts'

/** A stream as it was received. */
interface StreamBook {
  readonly server: string
  readonly price: bigint
  readonly units: number
  readonly certain: number
  /** Whether it waits for a voucher: then nothing of it is under way. */
  readonly paused: boolean
  readonly ended: boolean
}

type Served = Omit<Extract<ChannelFact, { is: 'served' }>, 'is' | 'channel'>

/** Amounts are base units. */
export interface ChannelBook {
  readonly id: Bytes32
  readonly payer: Address | undefined
  readonly protocol: SessionProtocol
  /** Whether its deposit is to be accounted for. */
  readonly opened: boolean
  readonly deposit: bigint
  /** Highest amount of a lawful voucher that was sent. */
  readonly signed: bigint
  /** Highest amount the server took. */
  readonly accepted: bigint
  /** Every amount it took: a v1 close captures one of them. */
  readonly vouchers: readonly bigint[]
  /** Amounts of vouchers that were not answered yet. */
  readonly pending: readonly bigint[]
  /** By the number of their exchange. */
  readonly streams: ReadonlyMap<number, StreamBook>
  readonly served: readonly Served[]
  /** As the last receipt tells it. */
  readonly spent: bigint | undefined
  /** Whether paid content was left unread: up to all that was authorized may be charged. */
  readonly unread: boolean
  /** Why what was delivered cannot be counted, if it cannot. */
  readonly uncounted: string | undefined
  /** What had been delivered when a close was refused, and no close was taken since: it may have landed all the same. */
  readonly doubtful: bigint | undefined
  /** The receipt of the close that wound it up. */
  readonly woundUp: { readonly accepted: bigint; readonly spent: bigint } | undefined
  readonly onChain: { readonly deposit: bigint; readonly settled: bigint } | undefined
  readonly closed: { readonly captured: bigint; readonly refunded: bigint } | undefined
}

/** A channel nothing is known of. */
export const unknown = (id: Bytes32): ChannelBook => ({
  id,
  payer: undefined,
  protocol: 'v2',
  opened: false,
  deposit: 0n,
  signed: 0n,
  accepted: 0n,
  vouchers: [],
  pending: [],
  streams: new Map(),
  served: [],
  spent: undefined,
  unread: false,
  uncounted: undefined,
  doubtful: undefined,
  woundUp: undefined,
  onChain: undefined,
  closed: undefined,
})

/** The books after a fact. */
export function step(book: ChannelBook, fact: ChannelFact): ChannelBook {
  switch (fact.is) {
    case 'prepared':
      return { ...book, payer: fact.payer, protocol: fact.protocol, deposit: fact.deposit }
    case 'opened':
      return { ...book, opened: true }
    case 'topped-up':
      return { ...book, deposit: book.deposit + fact.by }
    case 'deposited':
      return { ...book, deposit: fact.deposit }
    case 'sent':
      return {
        ...book,
        signed: Uint.max(book.signed, fact.amount),
        pending: [...book.pending, fact.amount],
      }
    case 'answered':
      return answered(book, fact)
    case 'held':
      return taken(book, fact.amount)
    case 'told':
      return { ...book, spent: fact.spent }
    case 'began': {
      const { server, price, read } = fact
      const stream = { server, price, units: 0, certain: 0, paused: false, ended: false }
      return { ...withStream(book, fact.stream, stream), unread: book.unread || !read }
    }
    case 'delivered':
    case 'asked':
    case 'ended':
      return streamed(book, fact)
    case 'served':
      return served(book, fact)
    case 'uncountable':
      return uncounted(book, 'a paid response was no stream, so its units could not be counted')
    case 'wound-up':
      return { ...book, woundUp: { accepted: fact.accepted, spent: fact.spent } }
    case 'on-chain':
      return { ...book, onChain: { deposit: fact.deposit, settled: fact.settled } }
    case 'closed':
      return { ...book, closed: { captured: fact.captured, refunded: fact.refunded } }
  }
}

/** The books after their server was killed: what was under way may have been charged and lost. */
export function killed(book: ChannelBook, server: string): ChannelBook {
  const running = [...book.streams.values()].some((stream) => stream.server === server && !stream.ended)
  return running || book.pending.length > 0
    ? uncounted(book, 'the server was killed with paid units under way')
    : book
}

const uncounted = (book: ChannelBook, why: string): ChannelBook => ({
  ...book,
  uncounted: book.uncounted ?? why,
})

function answered(
  book: ChannelBook,
  { act, amount, taken: yes }: Extract<ChannelFact, { is: 'answered' }>,
): ChannelBook {
  const at = book.pending.indexOf(amount)
  const signed = Uint.max(book.signed, amount)
  const now = { ...book, signed, pending: book.pending.filter((_, i) => i !== at) }
  if (yes) return taken(act === 'close' ? { ...now, doubtful: undefined } : now, amount)
  return act === 'close' ? { ...now, doubtful: book.doubtful ?? surelyWorth(book) } : now
}

/** A higher voucher wakes the streams that waited for it. */
function taken(book: ChannelBook, amount: bigint): ChannelBook {
  const vouchers = [...book.vouchers, amount]
  if (amount <= book.accepted) return { ...book, vouchers }
  const streams = new Map([...book.streams].map(([id, stream]) => [id, { ...stream, paused: false }]))
  return { ...book, vouchers, accepted: amount, streams }
}

const withStream = (book: ChannelBook, id: number, stream: StreamBook): ChannelBook => ({
  ...book,
  streams: new Map([...book.streams, [id, stream]]),
})

function streamed(
  book: ChannelBook,
  fact: Extract<ChannelFact, { is: 'delivered' | 'asked' | 'ended' }>,
): ChannelBook {
  const stream = book.streams.get(fact.stream)
  if (stream === undefined) return book
  if (fact.is === 'asked') return withStream(book, fact.stream, { ...stream, paused: true })
  if (fact.is === 'delivered') {
    const { units, certain } = fact
    const paused = stream.paused && units <= stream.units
    return withStream(book, fact.stream, { ...stream, units, certain, paused })
  }
  const cut = fact.how === 'by the kit' && !stream.paused && authorized(book) > worth(book)
  return { ...withStream(book, fact.stream, { ...stream, ended: true }), unread: book.unread || cut }
}

/**
 * A repeat under its key, with the same receipt, is the answer that came before. Where neither has a receipt, nothing
 * tells whether the second one was charged.
 */
function served(
  book: ChannelBook,
  { is: _, channel: __, ...answer }: Extract<ChannelFact, { is: 'served' }>,
) {
  const { key, spent } = answer
  const repeats =
    key !== undefined && book.served.some((earlier) => earlier.key === key && earlier.spent === spent)
  if (!repeats) return { ...book, served: [...book.served, answer] }
  return spent === undefined
    ? uncounted(book, 'a repeat under its key brought no receipt, so nothing tells whether it was charged')
    : book
}

/** The highest amount the server may rely on: what it took, and what is on its way to it. */
const authorized = ({ accepted, pending }: ChannelBook): bigint => pending.reduce(Uint.max, accepted)

/** Price of what was received; an event of a unit stands for all of it. */
export const worth = (book: ChannelBook): bigint => priced(book, ({ units }) => units)

/** As `worth`, of what cannot have been free. */
export const surelyWorth = (book: ChannelBook): bigint => priced(book, ({ certain }) => certain)

function priced({ streams, served: answers }: ChannelBook, count: (stream: StreamBook) => number): bigint {
  let total = 0n
  for (const stream of streams.values()) total += stream.price * BigInt(count(stream))
  for (const { units, price } of answers) total += price * BigInt(units)
  return total
}

/** Price of what was received on one stream. */
export function worthOf({ streams }: ChannelBook, id: number): bigint {
  const { price, units } = streams.get(id) ?? { price: 0n, units: 0 }
  return price * BigInt(units)
}

/** Units received, on streams and in whole responses. */
export const delivered = ({ streams, served: answers }: ChannelBook): number =>
  [...streams.values(), ...answers].reduce((total, { units }) => total + units, 0)

/** Why what was delivered cannot be counted, if it cannot. */
export function whyUncounted(book: ChannelBook): string | undefined {
  const sellers = [...book.streams.values(), ...book.served].filter(({ units }) => units > 0)
  return new Set(sellers.map(({ server }) => server)).size > 1
    ? (book.uncounted ?? 'servers with books of their own sold on it')
    : book.uncounted
}

/**
 * What a close may capture for what was delivered. A v1 close pays a whole voucher: the smallest one that covers it
 * (spec/readings.md A5).
 */
export function captures({ protocol, vouchers }: ChannelBook, amount: bigint): bigint {
  const covering = protocol === 'v1' ? vouchers.filter((voucher) => voucher >= amount) : []
  return covering.length === 0 ? amount : covering.reduce(Uint.min)
}

/**
 * What a capture pays for: all that was received, and what was authorized at most where paid content was left unread, or
 * a voucher never answered: content may have come for it that nobody got.
 * A close that was refused and landed all the same knows nothing of what came after it.
 */
export function fairCapture(book: ChannelBook): { least: bigint; most: bigint } {
  const most = captures(book, worth(book))
  return {
    least: book.doubtful ?? surelyWorth(book),
    most: book.unread || book.pending.length > 0 ? Uint.max(most, authorized(book)) : most,
  }
}
