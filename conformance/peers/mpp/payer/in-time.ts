/**
 * Like any client the kit asks for another challenge when the one it answered ran out on the way: where challenges are
 * short-lived, a slow machine is no refusal.
 */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Timestamp from '../../../../src/codec/timestamp.ts'
import type { Challenge } from '../../../../src/mpp/wire/challenge.ts'
import { Exchange } from '../../../harness/http.ts'

/** What came of one attempt. */
interface Attempted<Answer> {
  answer: Answer
  refused: boolean
  /** The fresh challenge it answered; undefined when another would not do. */
  challenge: Challenge | undefined
}

/** How often a challenge may run out before it can be answered. */
const mostTries = 5

/** Attempts again while the refusal may be due to nothing but time. */
export async function inTime<Answer>(attempt: () => Promise<Attempted<Answer>>): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const { answer, refused, challenge } = await attempt()
    if (!refused || challenge === undefined || !ranOut(challenge) || tries === mostTries) return answer
    if (answer instanceof Exchange) await answer.text()
  }
}

/** One that says in a wrong form when it runs out never does. */
function ranOut({ expires }: Challenge): boolean {
  if (expires === undefined) return false
  try {
    return Timestamp.decode(expires) <= Date.now()
  } catch (error) {
    if (error instanceof DecodeError) return false
    throw error
  }
}
