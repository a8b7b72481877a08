/** What was learnt of each stream of a server, once per run; what the user states is not measured. */
import type { ResourceName } from '../../offers.ts'
import type { SubjectOptions } from '../subject.ts'
import { mapOf } from './fit.ts'
import { observe } from './observe.ts'
import { describe, oneEach, type UnitMap } from './unit-map.ts'

/** Resources that stream events, whose units a scenario may count. */
const streams: ReadonlySet<string> = new Set<ResourceName>([
  'slow',
  'brief',
  'hostile',
  'long',
  'delta',
  'v1',
])

/** Whether who needs these things counts the units of some stream. */
export const countsUnits = (needs: readonly string[]): boolean =>
  needs.some((need) => need === 'stream' || streams.has(need))

export class UnitMaps {
  readonly #options: SubjectOptions
  readonly #seed: string
  readonly #stated: UnitMap | undefined
  readonly #looks = new Map<string, Promise<void>>()
  readonly #known = new Map<string, UnitMap>()

  /** `stated` is the user's word for the main stream, and for every other one. */
  constructor(options: SubjectOptions, seed: string, stated?: UnitMap) {
    this.#options = options
    this.#seed = seed
    this.#stated = stated
  }

  /** The map of a stream by its URL; every instance of the server has the same. */
  at(url: string): UnitMap {
    return this.#stated ?? this.#known.get(placeOf(url)) ?? oneEach
  }

  /** What is known of the main stream, for people. */
  get said(): string {
    return describe(this.at(this.#options.url))
  }

  /** Learns what the streams a scenario needs look like. */
  async learn(needs: readonly string[]): Promise<void> {
    await this.#look(this.#options, { again: true })
    for (const [name, resource] of this.#options.resources)
      if (streams.has(name) && needs.includes(name))
        await this.#look(
          { ...this.#options, ...resource, terms: resource.terms ?? this.#options.terms },
          { again: false },
        )
  }

  #look(options: SubjectOptions, depth: { again: boolean }): Promise<void> {
    const key = placeOf(options.url)
    const looking = this.#looks.get(key) ?? this.#learn(key, options, depth)
    this.#looks.set(key, looking)
    return looking
  }

  async #learn(key: string, options: SubjectOptions, depth: { again: boolean }): Promise<void> {
    if (this.#stated !== undefined) return
    const seen = await observe(options, this.#seed, depth)
    // A server whose main stream differs from run to run may do so everywhere.
    const varies: Partial<UnitMap> = this.at(this.#options.url).varies ? { varies: true, places: [0] } : {}
    if (seen !== undefined) this.#known.set(key, { ...mapOf(seen), ...varies })
  }
}

const placeOf = (url: string): string => {
  const { pathname, search } = new URL(url)
  return pathname + search
}
