/**
 * One ordered record of everything that happened in a run: HTTP messages, SSE events, chain transactions and the
 * harness's own notes. Checks read it, reports draw it, a failing check shows its slice of it.
 */

/** `check` is the check that was being judged, if one was. */
export type TraceEntry = { seq: number; atMs: number; scenario: string; check?: string } & (
  | {
      kind: 'request'
      exchange: number
      method: string
      url: string
      headers: Headers
      bodyBytes: number
      note?: string
      /** What the kit did with it, in a word or two. */
      act?: string
      /** The channel it speaks of. */
      channel?: string
    }
  | { kind: 'response'; exchange: number; status: number; headers: Headers }
  | {
      kind: 'event'
      exchange: number
      event: string
      data: string
      /** It is the protocol's own, between those of the application. */
      control?: boolean
    }
  | { kind: 'end'; exchange: number; how: string }
  | {
      kind: 'transaction'
      hash: string
      call: string
      status: string
      events: readonly string[]
      channel?: string
    }
  /** A fact about money, as data. The audit uses facts only. */
  | { kind: 'fact'; fact: Fact }
  /** Where the money of a channel stands from here on, in base units as decimal text; what is absent is unknown. */
  | { kind: 'money'; channel: string; figures: Figures }
  | { kind: 'note'; text: string }
)

/** One fact, named by `is`. Each family of suites defines its facts. */
type Fact = {
  readonly is: string
  readonly [member: string]: string | number | bigint | boolean | readonly string[] | undefined
}

/** Amounts of an account or channel by name, in base units as decimal text; the suite says which there are. */
export type Figures = Readonly<Record<string, string>>

type Headers = readonly (readonly [name: string, value: string])[]
type Body<E> = E extends unknown ? Omit<E, 'seq' | 'atMs' | 'scenario' | 'check'> : never
export type NewEntry = Body<TraceEntry>

/** The record of a run, in order. Times are milliseconds since its start. */
export class Trace {
  readonly entries: TraceEntry[] = []
  /** The same entries, those of each scenario apart: checks ask for them often, and a run has many. */
  readonly #byScenario = new Map<string, TraceEntry[]>()
  readonly #start = performance.now()
  readonly #control: ReadonlySet<string>

  /** `controlEvents`: the names of the protocol's own events. */
  constructor({ controlEvents }: Pick<Words, 'controlEvents'> = { controlEvents: [] }) {
    this.#control = new Set(controlEvents)
  }

  /** A recorder that marks its entries with a scenario. */
  recorder(scenario: string): Recorder {
    return new Recorder(this, scenario)
  }

  add(scenario: string, check: string | undefined, entry: NewEntry): void {
    const atMs = Math.round((performance.now() - this.#start) * 10) / 10
    const during = check === undefined ? {} : { check }
    const control = entry.kind === 'event' && this.#control.has(entry.event) ? { control: true } : {}
    const seq = this.entries.length
    const added = { seq, atMs, scenario, ...during, ...entry, ...control } as TraceEntry
    this.entries.push(added)
    const own = this.#byScenario.get(scenario)
    if (own === undefined) this.#byScenario.set(scenario, [added])
    else own.push(added)
  }

  /** The entries of a scenario since a position in the whole. */
  since(scenario: string, mark: number): TraceEntry[] {
    const own = this.#byScenario.get(scenario) ?? []
    return own.slice(own.findLastIndex(({ seq }) => seq < mark) + 1)
  }
}

/** Writes into a trace for one scenario. */
export class Recorder {
  readonly scenario: string
  /** The check being judged; entries are marked with it. */
  check: string | undefined
  /** Whether what is sent now is to be refused. */
  refusing = false
  readonly #trace: Trace

  constructor(trace: Trace, scenario: string) {
    this.#trace = trace
    this.scenario = scenario
  }

  add(entry: NewEntry): void {
    this.#trace.add(this.scenario, this.check, entry)
  }

  note(text: string): void {
    this.add({ kind: 'note', text })
  }

  /** The current position in the trace. */
  mark(): number {
    return this.#trace.entries.length
  }

  /** This scenario's entries since a mark. */
  since(mark: number): TraceEntry[] {
    return this.#trace.since(this.scenario, mark)
  }
}

/** What a suite calls things: what is a secret in headers, and which events speak of payment. */
export interface Words {
  /** Names of header fields, in lower case, whose values are worth money or identify a person. */
  secretFields: readonly string[]
  /** Names of events that the protocol sends between those of the application. */
  controlEvents: readonly string[]
}

/** Header fields that are secret in every protocol. */
const secretEverywhere = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie']

/** An entry fit to be shown: credentials and receipts shortened, long texts cut. */
export function redact(entry: TraceEntry, { secretFields }: Pick<Words, 'secretFields'>): TraceEntry {
  const secret = (name: string) => secretFields.includes(name) || secretEverywhere.includes(name)
  const short = (text: string, keep: number) =>
    text.length > keep ? `${text.slice(0, keep)}… (${text.length})` : text
  if (entry.kind === 'request' || entry.kind === 'response')
    return {
      ...entry,
      headers: entry.headers.map(([name, value]) => [
        name,
        secret(name.toLowerCase()) ? short(value, 24) : short(value, 400),
      ]),
    }
  if (entry.kind === 'event') return { ...entry, data: short(entry.data, 400) }
  if (entry.kind === 'fact') return { ...entry, fact: written(entry.fact) }
  return entry
}

/** A fact as JSON can write it: amounts as decimal text. */
const written = (fact: Fact): Fact => {
  const members = Object.entries(fact).map(([name, value]) => [
    name,
    typeof value === 'bigint' ? value.toString() : value,
  ])
  return { ...Object.fromEntries(members), is: fact.is }
}
