/** Our library passes every vector, file by file and operation by operation, and every refusal says why. */
import { describe, expect, test } from 'vitest'
import { loadVectors } from '../../conformance/vectors/generate.ts'
import { answer, type Request } from '../../conformance/vectors/ops.ts'
import { runVectors } from '../../conformance/vectors/run.ts'

const silent: string[] = []
async function ask(request: Request) {
  const got = await answer(request)
  if (!got.ok && got.error.message.trim() === '') silent.push(JSON.stringify(request))
  return got
}

describe.each(loadVectors())('$file', (file) => {
  test.each(file.groups.map((group) => [`${group.op}: ${group.comment}`, group] as const))(
    '%s',
    async (_, group) => {
      silent.length = 0
      const results = await runVectors([{ ...file, groups: [group] }], { ask })
      expect(results.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
      expect(results.length).toBe(group.tests.length)
      expect(silent).toEqual([])
    },
  )
})
