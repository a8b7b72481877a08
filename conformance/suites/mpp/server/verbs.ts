/** The verbs of kit/verbs.ts for answers of HTTP, and for their labels: the problem types of spec/readings.md, section B. */
import type * as Problem from '../../../../src/mpp/wire/problem.ts'
import type { Exchange } from '../../../harness/http.ts'
import type { Tester } from '../../../kit/tester.ts'
import * as Verbs from '../../../kit/verbs.ts'
import { describe, judgeLabel } from './answers.ts'

export type Attempt = Verbs.Attempt<Exchange>

const http = Verbs.verbs<Exchange>({
  taken: '2xx',
  refused: 'a refusal',
  async said(answer) {
    const text = describe(answer, await contentOf(answer))
    return { how: answer.accepted ? 'taken' : answer.status < 400 ? 'neither' : 'refused', text }
  },
})

export const { refuses, refusesEach } = http

/** The body. A stream is cut off, because an accepted stream would pause without end. */
async function contentOf(answer: Exchange): Promise<string> {
  if (!answer.isEventStream) return answer.text()
  answer.abort()
  return ''
}

/** A lawful act: answered 2xx, and the body read to its end. */
export const accepts = <C extends string>(
  t: Tester<C>,
  check: NoInfer<C>,
  act: () => Promise<Exchange>,
): Promise<void> =>
  http.accepts(t, check, async () => {
    const answer = await act()
    await answer.text()
    return answer
  })

/** As `refuses`, and judges the label of the refusal apart. */
export async function refusesAs<C extends string>(
  t: Tester<C>,
  check: NoInfer<C>,
  label: NoInfer<C>,
  accepted: readonly Problem.ProblemSlug[],
  prepared: Verbs.Prepared<Attempt>,
): Promise<void> {
  if (!t.wants(check, label)) return
  const attempt = typeof prepared === 'function' ? await prepared() : prepared
  let answer: Exchange | undefined
  const act = async () => {
    answer = await attempt.act()
    return answer
  }
  await refuses(t, check, { ...attempt, act })
  await t.check(label, async () => {
    // Where the label alone was asked for, nothing was done yet.
    const refused = answer ?? (await act())
    const body = refused.isEventStream ? '' : await refused.text()
    return judgeLabel(refused, body, accepted)
  })
}
