/**
 * Works a unit map out of what honest streams showed. The danger is to learn a bug as if it were the rule: a server
 * that delivers each unit before it charges for it shows an event with nothing paid, just as a free title does. The end
 * tells them apart: a free event is never charged, a unit that came too early is charged later.
 *
 * A stream is walked unit by unit only when its first steps and its end do not agree: uneven steps that begin evenly
 * and add up to the even sum are taken for even ones.
 */
import { oneEach, type UnitMap } from './unit-map.ts'

/** A pause of a stream that is paid for step by step. */
export interface Pause {
  /** Message events until then. */
  messages: number
  /** What was spent on the stream until then, in base units. */
  spent: bigint
}

/** A stream that was paid for to its end. */
export interface Whole extends Pause {
  /** Units its last receipt counts, where it does. */
  units?: number
  /** What that receipt says was spent on the channel, in base units. */
  total?: bigint
}

export interface Observed {
  /** Price of one unit, in base units. */
  amount: bigint
  /** Least increase of a voucher, in base units: nothing smaller than that could be paid for. */
  least: bigint
  /** Pauses of one stream, with rising payment. */
  pauses: readonly Pause[]
  /** Streams that came to their end. */
  wholes: readonly Whole[]
  /** Pauses of a stream that was paid for step by step to its end, the end last; where it was walked. */
  walk?: readonly Pause[]
}

/**
 * Some receipts count the units of the channel and not of the stream (spec/readings.md C11): those tell nothing of it.
 * Two streams on one channel show which; where there is one, the sum it agrees with.
 */
function ofStreams(observed: Observed): Observed {
  const [first, second] = observed.wholes
  if (first?.units === undefined) return observed
  const { amount } = observed
  const risen = second?.units === undefined ? undefined : BigInt(second.units - first.units) * amount
  const ofChannel =
    risen === undefined
      ? BigInt(first.units) * amount === first.total && first.total !== first.spent
      : risen === second?.spent
  if (!ofChannel) return observed
  return { ...observed, wholes: observed.wholes.map(({ messages, spent }) => ({ messages, spent })) }
}

/** Whether pauses alone do not explain the ends of streams: then a stream has to be walked. */
export function needsWalk(seen: Observed): boolean {
  const observed = ofStreams(seen)
  const slope = slopeOf(observed)
  if (slope === undefined) return observed.pauses.length > 2
  const [first] = observed.wholes
  if (first === undefined) return false
  const { before, after, shown = before } = frees(observed, slope)
  // More came before it was paid for than was never paid: early units, or uneven ones.
  return after > 0 || before < 0 || shown > before
}

/** The map. What contradicts itself is taken for one event a unit, so that the checks judge it. */
export function mapOf(seen: Observed): UnitMap {
  const observed = ofStreams(seen)
  const { wholes, walk } = observed
  const slope = slopeOf(observed)
  const end = walk?.at(-1)
  // A walk counts when it came to the end that streams have.
  if (walk !== undefined && walk.length > 1 && wholes.some(({ spent }) => spent === end?.spent))
    return walked(observed, walk)
  if (slope === undefined) return oneEach
  const { before, after } = frees(observed, slope)
  const totals = wholes.map((whole) => stepsOf(whole, observed, slope))
  const surplus = wholes.map((whole, i) => whole.messages - slope.events * (totals[i] as number))
  const varies = new Set(surplus).size > 1
  return {
    step: slope.step,
    // Where it varies how much is free, none of it may be.
    places: [varies ? 0 : Math.max(before, 0)],
    events: slope.events,
    after: Math.max(after, 0),
    varies,
    ...(totals.length > 1 && new Set(totals).size === 1 ? { total: totals[0] as number } : {}),
    ...(totals.length > 0 ? { longest: Math.max(...totals) } : {}),
  }
}

/** What each step costs and brings. */
interface Slope {
  step: number
  events: number
}

/** From pause to pause: undefined where no two are alike. */
function slopeOf({ amount, least, pauses, wholes }: Observed): Slope | undefined {
  const [whole] = wholes
  const counted = whole?.units
  // The server's own receipt counts units it did not charge: its count says what a unit is, its books are judged.
  if (
    whole !== undefined &&
    counted !== undefined &&
    counted > 0 &&
    BigInt(counted) * amount !== whole.spent
  ) {
    const free = pauses.find(({ spent }) => spent === 0n)?.messages ?? 0
    const events = Math.round((whole.messages - Math.min(free, whole.messages % counted)) / counted)
    return events < 1 ? undefined : { step: 1, events }
  }
  const rises = pauses.slice(1).map(({ messages, spent }, i) => {
    const before = pauses[i] as Pause
    return { messages: messages - before.messages, units: Number((spent - before.spent) / amount) }
  })
  const [first] = rises
  // Where no pause was seen, what a stream came to has to do.
  if (first === undefined && whole !== undefined && whole.spent >= amount)
    return { step: 1, events: Math.max(1, Math.floor(whole.messages / Number(whole.spent / amount))) }
  if (first === undefined || first.units < 1 || first.messages < 1) return undefined
  if (rises.some(({ messages, units }) => messages !== first.messages || units !== first.units))
    return undefined
  // Where less could not be paid for, several steps may have come at once.
  const together = least > amount ? gcd(first.units, first.messages) : 1
  return { step: first.units / together, events: first.messages / together }
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** Steps of a whole stream. */
const stepsOf = ({ spent, units }: Whole, { amount }: Observed, { step }: Slope): number =>
  (units ?? Number(spent / amount)) / step

/** Free events before the first step and after the last. */
function frees(
  observed: Observed,
  slope: Slope,
): { before: number; after: number; shown?: number | undefined } {
  const { pauses, wholes, amount } = observed
  const each = pauses.map(
    ({ messages, spent }) => messages - (slope.events * Number(spent / amount)) / slope.step,
  )
  const shown = each.length === 0 ? undefined : Math.min(...each)
  const [whole] = wholes
  if (whole === undefined) return { before: shown ?? 0, after: 0 }
  const never = whole.messages - slope.events * stepsOf(whole, observed, slope)
  const before = Math.min(shown ?? never, never)
  return { before, after: never - before, shown }
}

/** From a stream that was paid for step by step: what came with each. */
function walked({ amount, wholes }: Observed, walk: readonly Pause[]): UnitMap {
  const [start, second] = walk as [Pause, Pause]
  const units = Math.max(1, Number((second.spent - start.spent) / amount))
  const seen = walk.map(({ messages }) => messages)
  const [first, last] = [seen[0] as number, seen.at(-1) as number]
  // Steps at the end that brought nothing: their events came before they were paid for.
  const early = seen.length - 1 - seen.indexOf(last)
  const begun = Array.from({ length: early }, (_, i) => Math.max(0, first - (early - i)))
  const places = [...begun, ...seen.slice(0, seen.length - early)]
  const whole = walk.at(-1)?.spent
  const varies = wholes.some(({ spent, messages }) => spent === whole && messages !== last)
  const together = togetherIn(places)
  const kept = places.filter((_, i) => i % together === 0)
  return {
    step: units * together,
    ...shapeOf(filled(kept)),
    total: kept.length - 1,
    longest: kept.length - 1,
    varies,
  }
}

/** Steps that bring events together, as where three are charged one by one before each event; 1 where each brings some. */
function togetherIn(places: readonly number[]): number {
  const rises = risesOf(places)
  const count = rises.findIndex((rise) => rise > 0) + 1
  const even = count > 1 && rises.length % count === 0
  return even && rises.every((rise, i) => rise > 0 === ((i + 1) % count === 0)) ? count : 1
}

/** A step that brought nothing where others do was lost: it is due. */
function filled(places: readonly number[]): number[] {
  let lost = 0
  return places.map((at, i) => {
    if (i > 0 && at === places[i - 1]) lost++
    return at + lost
  })
}

const risesOf = (places: readonly number[]): number[] =>
  places.slice(1).map((at, i) => at - (places[i] as number))

/** Places as short as they can be told: where all steps but the last bring as much, what is more comes after it. */
function shapeOf(places: readonly number[]): Pick<UnitMap, 'places' | 'events' | 'after'> {
  const rises = risesOf(places)
  const [events = 0] = rises
  const more = (rises.at(-1) ?? 0) - events
  const even = events > 0 && more >= 0 && rises.slice(0, -1).every((rise) => rise === events)
  const [before = 0] = places
  return even
    ? { places: [before], events, after: more }
    : { places: [before, ...places.slice(1)], events: 1, after: 0 }
}
