/** A process of the pool: judges the faults it is named, one after the other, until it is ended. */
import type { Answered } from '../harness/pool.ts'
import { type Asked, judgeFault } from '../kit/selftest.ts'
import { nameOf } from '../kit/suite.ts'
import { suites } from '../suites/index.ts'

process.on('message', (asked: Asked) => {
  void answer(asked).then((answered) => process.send?.(answered))
})
// Without its parent process there is no one to send answers to.
process.once('disconnect', () => process.exit())

async function answer(asked: Asked): Promise<Answered> {
  const suite = suites.find((each) => nameOf(each) === asked.suite)
  if (suite === undefined) return { error: `no suite ${asked.suite}` }
  try {
    return { result: await judgeFault(suite, asked) }
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
