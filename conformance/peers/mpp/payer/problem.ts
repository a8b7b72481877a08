/** What a refusal says is wrong. */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Problem from '../../../../src/mpp/wire/problem.ts'

/** A problem body, or undefined when the text is none. */
export function problemOf(body: string): Problem.Problem | undefined {
  try {
    return Problem.decode(body)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** The type of a problem body, as the table names it; undefined when there is none. */
export function slugOf(body: string): Problem.ProblemSlug | undefined {
  const problem = problemOf(body)
  return problem === undefined ? undefined : Problem.slug(problem)
}
