/**
 * What a user states of the units of a server, where its streams are too irregular to measure: `free=1,events=2,units=3`,
 * each of them optional, and last `data=PATTERN`, a regular expression for the data of events that belong to units.
 */
import { oneEach, type UnitMap } from './unit-map.ts'

const members = { free: 0, events: 1, units: 1 } as const

/** Reads a statement. Throws `TypeError` when it is none. */
export function stated(text: string): UnitMap {
  const [, figures = '', pattern] = /^(.*?)(?:(?:^|,)data=(.*))?$/s.exec(text) ?? []
  const given = new Map<string, number>()
  for (const part of figures === '' ? [] : figures.split(',')) {
    const [, name, count] = /^(\w+)=(\d{1,4})$/.exec(part.trim()) ?? []
    if (name === undefined || !Object.hasOwn(members, name) || given.has(name)) throw refusal(text)
    if (Number(count) < members[name as keyof typeof members]) throw refusal(text)
    given.set(name, Number(count))
  }
  if (given.size === 0 && pattern === undefined) throw refusal(text)
  return {
    ...oneEach,
    step: given.get('units') ?? 1,
    places: [given.get('free') ?? 0],
    events: given.get('events') ?? 1,
    ...(pattern === undefined ? {} : { matching: expression(pattern, text) }),
  }
}

function expression(pattern: string, text: string): RegExp {
  try {
    return new RegExp(pattern, 's')
  } catch (error) {
    if (error instanceof SyntaxError) throw refusal(text, error)
    throw error
  }
}

const refusal = (text: string, cause?: Error): TypeError =>
  new TypeError(
    `${JSON.stringify(text)} does not state units; as in free=1,events=2,units=1 or data=^[^{]`,
    cause === undefined ? {} : { cause },
  )

/** The statement of a map; what `stated` reads. */
export const statement = ({ step, places: [free], events, matching }: UnitMap): string =>
  [
    `free=${free}`,
    `events=${events}`,
    `units=${step}`,
    ...(matching === undefined ? [] : [`data=${matching.source}`]),
  ].join(',')
