/** Labels of refusals: a body that is too long to be read is not judged, and one that is no problem is. */
import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../conformance/harness/http.ts'
import { Blocked } from '../../conformance/kit/verdict.ts'
import { judgeLabel } from '../../conformance/suites/mpp/server/answers.ts'
import * as Problem from '../../src/mpp/wire/problem.ts'

const refusal = { status: 402, method: 'POST' } as Exchange
const signature = Problem.from(Problem.refuse('session/invalid-signature', 'no'))
const judge = (body: string) => judgeLabel(refusal, body, ['session/invalid-signature'])

describe('judgeLabel', () => {
  it('holds for a problem of an accepted type, however long within what is read', () => {
    const padded = { ...signature, note: 'x'.repeat(60_000) }
    expect(judge(Problem.encode(padded)).found).toBe('holds')
  })

  it('blocks on a problem that is longer than what is read', () => {
    const endless = { ...signature, note: 'x'.repeat(Problem.maxBodyChars) }
    expect(() => judge(Problem.encode(endless))).toThrow(Blocked)
  })

  it.each(['', 'no', '[]', '{}', '{"type":"about:blank"}', '{"type":["a"]}'])('fails for %s', (body) => {
    expect(judge(body).found).toBe('broken')
  })
})
