/** One run: acts in a fresh world, and the end that judges them. */
import type { Act, Run } from './act.ts'
import { Violation } from './books.ts'
import { finish } from './end.ts'
import { perform } from './perform.ts'
import type { Bug } from './server.ts'
import { Wallet } from './wallet.ts'
import { World } from './world.ts'

/** What happened in all runs: how many acts there was something to do for, and how often each. */
export interface Seen {
  acts: number
  names: Map<Act['do'], number>
  delivered: number
  captured: number
}
export const nothingYet = (): Seen => ({ acts: 0, names: new Map(), delivered: 0, captured: 0 })

/** Lines of the log that a failure shows. */
const shownLines = Number(process.env['MONEY_LINES'] ?? 60)

/** Does the acts and judges. Throws `Violation`, with what happened before it. */
export async function runOnce(
  { upkeep, acts }: Run,
  seen: Seen = nothingYet(),
  bug: Bug = {},
): Promise<World['log']> {
  await using world = await World.start(upkeep, bug)
  const actors = { world, wallet: new Wallet(world) }
  try {
    for (const act of acts) {
      if (!(await perform(actors, act))) continue
      seen.acts++
      seen.names.set(act.do, (seen.names.get(act.do) ?? 0) + 1)
    }
    await finish(actors)
    for (const { delivered } of world.books.purses) seen.delivered += delivered
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const message = `${error.message}\n${world.log.slice(-shownLines).join('\n')}`
    throw error instanceof Violation ? new Violation(message) : new Error(message, { cause: error })
  }
  return world.log
}
