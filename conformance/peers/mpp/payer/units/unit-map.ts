/**
 * How the events of a stream tell its units. A server may send free events before, between and after its units,
 * several events for one unit, or one event for several units; only `message` events can belong to a unit.
 *
 * A *step* is what the server charges at once; the kit counts in steps and prices them.
 */

export interface UnitMap {
  /** Units of the price that are charged at once; 3 for a server that charges three units and sends one event. */
  readonly step: number
  /**
   * Message events that are out when so many steps are: the first is for none, and is what comes free before the
   * first unit. After the last entry each further step brings `events`.
   */
  readonly places: readonly [number, ...number[]]
  /** Message events of a step. */
  readonly events: number
  /** Steps of a whole stream, where every one had as many: what comes after them is free. */
  readonly total?: number
  /** Steps of the longest stream that was seen to its end. */
  readonly longest?: number
  /** Free message events after the last step of a stream, where streams differ in length. */
  readonly after: number
  /** Free events differ from run to run: what was paid for is assumed to have come, as far as events allow it. */
  readonly varies: boolean
  /** Only messages whose data matches are events of units; the others are free. */
  readonly matching?: RegExp
}

/** One event for each unit, nothing free: what is assumed where nothing could be learnt. */
export const oneEach: UnitMap = { step: 1, places: [0], events: 1, after: 0, varies: false }

/** Message events that are out when `steps` steps are. */
export function place({ places, events }: UnitMap, steps: number): number {
  const last = places.length - 1
  return steps <= last ? (places[steps] as number) : (places[last] as number) + events * (steps - last)
}

/** What is known of a stream whose steps are counted. */
export interface Progress {
  /** Message events that came, those that match where the map says so. */
  messages: number
  /** Whether the server ended it. */
  ended: boolean
  /** Steps that are paid for on it; looked at where free events vary. */
  paid?: number
  /** Units its receipt counts; looked at where free events vary. */
  said?: number | undefined
}

/** Steps that were begun: an event of a unit counts for the whole unit. */
export function stepsIn(map: UnitMap, { messages, ended, paid = Infinity, said }: Progress): number {
  const after = ended && map.total === undefined ? map.after : 0
  const counted = Math.min(stepsAt(map, messages - after), map.total ?? Infinity)
  if (!map.varies) return counted
  return Math.min(counted, Math.max(paid, 0), said === undefined ? Infinity : Math.ceil(said / map.step))
}

function stepsAt(map: UnitMap, messages: number): number {
  const known = map.places.findIndex((events) => events >= messages)
  if (known >= 0) return known
  const last = map.places.length - 1
  return last + Math.ceil((messages - (map.places[last] as number)) / map.events)
}

/** What is told of it: "1 free event before the first unit; 1 event a unit". */
export function describe(map: UnitMap): string {
  if (map.varies) return 'free events differ from run to run; state --unit to have early units judged'
  const { step, events, places, after, matching } = map
  const [before] = places
  const free = (count: number, where: string) =>
    count === 0 ? [] : [`${plural(count, 'free event')} ${where}`]
  const irregular = places.some((at, steps) => at !== before + events * steps)
  const unit = step === 1 ? 'a unit' : `for ${step} units`
  return [
    ...free(before, 'before the first unit'),
    irregular ? 'free events between units' : `${plural(events, 'event')} ${unit}`,
    ...free(after, 'after the last'),
    ...(matching === undefined ? [] : [`units are messages that match ${matching.source}`]),
  ].join('; ')
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
