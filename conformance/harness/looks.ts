/**
 * Which HTTP client the kit looks like. A target that treats one client otherwise than others must not know the kit by
 * what it sends: each scenario looks like one of the clients that people use, in what it says, in the order of its fields
 * and in how their names are written; always the same, so that a run repeats. No look asks for compressed content, which
 * the kit does not read.
 */

type Field = readonly [name: string, value: string]

/** What a client sends, in its order: fields of its own, and places for the host, the request's fields and its length. */
type Order = readonly (Field | 'host' | 'own' | 'length')[]

interface Look {
  order: Order
  /** How it writes the name of a field. */
  writes(name: string): string
  /** It sends the fields of a request by name. */
  sorts?: true
}

const lowerCase = (name: string): string => name.toLowerCase()
const titleCase = (name: string): string =>
  name.toLowerCase().replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase())

const chrome =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'

const looks = {
  curl: { writes: titleCase, order: ['host', ['User-Agent', 'curl/8.5.0'], 'own', 'length'] },
  fetch: {
    writes: lowerCase,
    order: [
      'host',
      ['connection', 'keep-alive'],
      'own',
      ['accept-language', '*'],
      ['sec-fetch-mode', 'cors'],
      ['user-agent', 'node'],
      'length',
    ],
  },
  browser: {
    writes: titleCase,
    order: [
      'host',
      ['Connection', 'keep-alive'],
      'length',
      ['User-Agent', chrome],
      'own',
      ['Sec-Fetch-Mode', 'cors'],
      ['Sec-Fetch-Dest', 'empty'],
      ['Accept-Language', 'en-US,en;q=0.9'],
    ],
  },
  urllib: {
    writes: titleCase,
    order: [
      ['Accept-Encoding', 'identity'],
      'length',
      'host',
      ['User-Agent', 'Python-urllib/3.11'],
      'own',
      ['Connection', 'close'],
    ],
  },
  // As an HTTP client that is told nothing: Node's own.
  nameless: { writes: titleCase, order: ['own', 'host', ['Connection', 'keep-alive'], 'length'] },
  go: {
    writes: titleCase,
    sorts: true,
    order: ['host', ['User-Agent', 'Go-http-client/1.1'], 'length', 'own'],
  },
} satisfies Record<string, Look>

/** The name of a look. */
export type LookName = keyof typeof looks

/** Every look there is. */
export const lookNames = Object.keys(looks) as readonly LookName[]

/** The look of a scenario. */
export function lookOf(scenario: string): LookName {
  const sum = [...scenario].reduce((total, character) => total + character.charCodeAt(0), 0)
  return lookNames[sum % lookNames.length] as LookName
}

/** All fields of a request as a client of this look sends them; what the request says itself goes before what the look says. */
export function dress(
  name: LookName,
  { host, own, length }: { host: readonly string[]; own: readonly Field[]; length?: number | undefined },
): Field[] {
  const { order, writes, sorts }: Look = looks[name]
  const said = new Set(own.map(([field]) => field.toLowerCase()))
  const written = own.map(([field, value]): Field => [writes(field), value])
  if (sorts) written.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  return order.flatMap((part): Field[] => {
    if (part === 'host') return host.map((value) => [writes('host'), value])
    if (part === 'own') return written
    if (part === 'length') return length === undefined ? [] : [[writes('content-length'), String(length)]]
    return said.has(part[0].toLowerCase()) ? [] : [part]
  })
}
