/** Our library passes every vector, file by file and operation by operation. */
import { describe, expect, test } from 'vitest'
import { loadVectors } from '../../conformance/vectors/generate.ts'
import { answer } from '../../conformance/vectors/ops.ts'
import { runVectors } from '../../conformance/vectors/run.ts'

describe.each(loadVectors())('$file', (file) => {
  test.each(file.groups.map((group) => [`${group.op}: ${group.comment}`, group] as const))(
    '%s',
    async (_, group) => {
      const results = await runVectors([{ ...file, groups: [group] }], { ask: answer })
      expect(results.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
      expect(results.length).toBe(group.tests.length)
    },
  )
})
