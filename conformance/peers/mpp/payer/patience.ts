/** Servers limit how often vouchers come (SESS-DOS-001): the kit comes again when they say, and judges the answer then. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange } from '../../../harness/http.ts'

/** Longest wait that is honoured, in seconds. */
const maxWaitSeconds = 10
/** How often it comes again. */
const maxTries = 4

/** Whether a voucher was put off: 429, or 402 that says when to come again. */
export const isPutOff = (answer: Exchange): boolean =>
  answer.status === 429 || (answer.status === 402 && answer.field('retry-after') !== undefined)

/** Milliseconds until the last of them may be tried again. */
export function longestWait(answers: readonly Exchange[]): number {
  const seconds = answers.map((answer) => Number(answer.field('retry-after') ?? 1))
  return Math.min(maxWaitSeconds, Math.max(1, ...seconds.filter(Number.isFinite))) * 1000
}

/** Sends until the answer is no longer to come again later. */
export async function patiently(send: () => Promise<Exchange>): Promise<Exchange> {
  for (let tries = 1; ; tries++) {
    const answer = await send()
    if (tries === maxTries || !isPutOff(answer)) return answer
    await answer.text()
    await sleep(longestWait([answer]))
  }
}
