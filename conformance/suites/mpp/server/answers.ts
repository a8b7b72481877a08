/** What answers over HTTP say: their labels, and that none of them is a failure of the server. */
import * as Problem from '../../../../src/mpp/wire/problem.ts'
import type { Exchange } from '../../../harness/http.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, type Finding, holds } from '../../../kit/verdict.ts'
import { judgedProblem, problemOf } from '../../../peers/mpp/payer/problem.ts'

/** Whether a refusal carries one of the accepted problem types (spec/readings.md B1-B8, R3). */
export function judgeLabel(
  answer: Exchange,
  body: string,
  accepted: readonly Problem.ProblemSlug[],
): Finding {
  if (answer.status < 400 || answer.status >= 500) return absent('it was not refused, so there is no label')
  if (answer.method === 'HEAD')
    return absent('a HEAD has no body to name the problem in (spec/readings.md B9)')
  const problem = judgedProblem(body)
  const expected = `a problem of type ${accepted.join(' or ')}`
  if (problem === undefined) return broken(expected, `no problem body in ${describe(answer, body)}`)
  const slug = Problem.slug(problem)
  if (slug !== undefined && accepted.includes(slug)) return holds
  // The general type of core is tolerated where a session type is preferred (B7).
  if (slug === 'verification-failed') return broken(expected, `type ${slug}`, { softly: true })
  // What core draft-00 calls an expired challenge (R3).
  if (slug === 'invalid-challenge' && accepted.includes('payment-expired'))
    return broken(expected, `type ${slug}`, { softly: true })
  return broken(expected, `type ${problem.type}`)
}

/** A method or version that a server does not know is no failure of its own (spec/readings.md B17). */
export const isServerError = (status: number): boolean => status >= 500 && status !== 501 && status !== 505

/** Nothing a client sends may make the server fail: no response of the scenario was 5xx (spec/readings.md B1). */
export const noServerErrors = <C extends string>(t: Tester<C>, check: C): Promise<void> =>
  t.check(check, () => {
    const entries = t.recorder.since(0)
    const failed = entries.find((entry) => entry.kind === 'response' && isServerError(entry.status))
    if (failed?.kind !== 'response') return holds
    const request = entries.find((entry) => entry.kind === 'request' && entry.exchange === failed.exchange)
    const what = request?.kind === 'request' ? request.method : 'a request'
    const during = request?.check === undefined ? '' : ` of ${request.check}`
    return broken('no 5xx to anything the kit sends', `${failed.status} to the ${what}${during}`, {
      exchange: failed.exchange,
    })
  })

/** "402 session/invalid-signature". */
export function describe(answer: Exchange, body: string): string {
  const problem = problemOf(body)
  const type = problem === undefined ? undefined : (Problem.slug(problem) ?? problem.type)
  return type === undefined ? String(answer.status) : `${answer.status} ${type}`
}
