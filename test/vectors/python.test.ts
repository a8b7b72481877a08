/** Another language reads the vectors: `consumer.py` is written from vectors/README.md and knows nothing of our code. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadVectors } from '../../conformance/vectors/generate.ts'

const python = spawnSync('python3', ['--version'], { encoding: 'utf8' })

test('a Python reader passes every case of its operations', (context) => {
  if (python.status !== 0) context.skip('python3 is not installed')
  const paths = [new URL('consumer.py', import.meta.url), new URL('../../vectors/', import.meta.url)]
  const { stdout, stderr } = spawnSync(
    'python3',
    paths.map((path) => fileURLToPath(path)),
    { encoding: 'utf8' },
  )
  expect(stderr).toBe('')
  const { passed, failed } = JSON.parse(stdout) as { passed: Record<string, number>; failed: string[] }
  expect(failed).toEqual([])
  expect(Object.keys(passed).length).toBeGreaterThanOrEqual(7)
  const groups = loadVectors().flatMap((file) => file.groups)
  for (const [op, count] of Object.entries(passed)) {
    const cases = groups.filter((group) => group.op === op).flatMap(({ tests }) => tests)
    expect([op, count]).toEqual([op, cases.length])
  }
})
