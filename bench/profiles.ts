/** The profiles of the page, each of a process of its own. */
import { start } from './processes.ts'
import type { Profile } from './profile.ts'

const works = [
  'stream-memory',
  'streams-durable',
  'paused-alone',
  'paused-growth',
  'receipt-encode',
  'receipt-decode',
]

/** Ten thousand streams are not paused in a minute everywhere. */
const patienceMs = 600_000

/** One after the other. `paused` says how many streams wait. */
export async function profiles(paused: number): Promise<Profile[]> {
  const found: Profile[] = []
  for (const WORK of works) {
    const child = start('bench/children/profile.ts', { WORK, PAUSED: String(paused) })
    found.push(JSON.parse(await child.said(/^profile (\{.*\})$/m, patienceMs)) as Profile)
    await child.ended
    process.stdout.write(`profile ${WORK}\n`)
  }
  return found
}
