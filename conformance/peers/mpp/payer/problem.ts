/** What a refusal says is wrong. */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Problem from '../../../../src/mpp/wire/problem.ts'
import { Blocked } from '../../../kit/verdict.ts'

/** A problem body, or undefined when the text is none. */
export function problemOf(body: string): Problem.Problem | undefined {
  try {
    return Problem.decode(body)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** The same, where it is judged. Throws `Blocked` for a text that is longer than what the kit reads of one. */
export function judgedProblem(body: string): Problem.Problem | undefined {
  if (body.length > Problem.maxBodyChars)
    throw new Blocked(`a refusal of ${body.length} characters: the kit reads ${Problem.maxBodyChars} at most`)
  return problemOf(body)
}

/** The type of a problem body, as the table names it; undefined when there is none. */
export function slugOf(body: string): Problem.ProblemSlug | undefined {
  const problem = problemOf(body)
  return problem === undefined ? undefined : Problem.slug(problem)
}
