/**
 * Moments of a process that is traced, in nanoseconds of the clock that all processes of a machine share. Where TRACE
 * names a file they are written to it when the process is told to end; without it nothing is kept.
 */
import { writeFileSync } from 'node:fs'
import type { Rpc } from '../../src/chain/rpc.ts'

/** What happened, and when. */
export type Mark = readonly [name: string, at: number]

const { TRACE } = process.env
const marks: Mark[] = []

/** Keeps a moment. */
export const mark = (name: string): void => {
  if (TRACE !== undefined) marks.push([name, Number(process.hrtime.bigint())])
}

/** What happens between two marks. */
export async function between<T>(first: string, last: string, work: () => Promise<T>): Promise<T> {
  mark(first)
  const answer = await work()
  mark(last)
  return answer
}

/** A node whose calls of contracts are marked. */
export const markedRpc = (rpc: Rpc, first: string, last: string): Rpc => ({
  request: (asked) =>
    asked.method === 'eth_call' ? between(first, last, () => rpc.request(asked)) : rpc.request(asked),
})

/** Writes the marks down and ends the process. */
export function end(): never {
  if (TRACE !== undefined) writeFileSync(TRACE, JSON.stringify(marks))
  process.exit(0)
}
process.on('SIGTERM', end)
