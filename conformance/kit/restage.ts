/**
 * Runs a scenario again as part of another one, with other fixtures: another resource, another payer. Its checks are
 * judged under the ids that the other scenario declares for them; its remaining checks are skipped. An error that
 * interrupts the repeated scenario blocks those checks and does not stop the other scenario.
 */
import { interrupts } from './run.ts'
import type { Scenario } from './scenario.ts'
import { Tester } from './tester.ts'
import type { Finding } from './verdict.ts'

/** Checks of a scenario, and the checks of the other scenario that they are judged as. Several may become one. */
export type Restaged<Again extends string, Check extends string> = Readonly<Partial<Record<Again, Check>>>

/** Runs `again` in `fixtures` where at least one of the checks in `ids` was asked for. */
export async function restage<Fixtures, Again extends string, Check extends string>(
  t: Tester<Check>,
  again: Scenario<Fixtures, Again>,
  ids: NoInfer<Restaged<Again, Check>>,
  fixtures: Fixtures,
): Promise<void> {
  const checks = Object.values<Check | undefined>(ids).filter((id) => id !== undefined)
  if (!t.wants(...checks)) return
  try {
    await again.run(new Renaming(t, ids), fixtures)
  } catch (error) {
    if (!interrupts(error)) throw error
    t.blockRest(checks, error.message)
  }
}

/** A tester that judges each check under another id, by another tester. */
class Renaming<Again extends string, Check extends string> extends Tester<Again> {
  readonly #to: Tester<Check>
  readonly #ids: Restaged<Again, Check>

  constructor(to: Tester<Check>, ids: Restaged<Again, Check>) {
    const wants = (again: string) => {
      const id = ids[again as Again]
      return id !== undefined && to.wants(id)
    }
    super({}, new Map(), to.recorder, wants)
    this.#to = to
    this.#ids = ids
  }

  override async check(again: Again, judge: () => Promise<Finding> | Finding): Promise<void> {
    const id = this.#ids[again]
    if (id !== undefined) await this.#to.check(id, judge)
  }

  override block(again: Again, reason: string): void {
    const id = this.#ids[again]
    if (id !== undefined) this.#to.block(id, reason)
  }
}
