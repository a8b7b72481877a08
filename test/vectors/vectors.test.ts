/** The vectors as a whole: they are what their definitions say, and no rule of encoding is left out. */
import { describe, expect, test } from 'vitest'
import { loadRequirements } from '../../conformance/kit/requirements.ts'
import { definitions } from '../../conformance/vectors/files/index.ts'
import { generate, lint, loadVectors } from '../../conformance/vectors/generate.ts'

const files = loadVectors()
const requirements = loadRequirements()

describe('vectors', () => {
  test('the linter finds nothing', () => expect(lint(files)).toEqual([]))
  test('are what the definitions say', async () => {
    expect(definitions.map(({ file }) => file).sort()).toEqual(files.map(({ file }) => file).sort())
    for (const definition of definitions) {
      const file = files.find((found) => found.file === definition.file)
      expect(await generate(definition, file)).toEqual(file)
    }
  })
  test('the linter sees a repeat, a wrong count and an unknown flag', () => {
    const [first] = structuredClone(files)
    const group = first?.groups[0]
    const test = group?.tests[0]
    if (first === undefined || group === undefined || test === undefined) throw new Error('no vectors')
    group.tests.push({ ...test, tcId: first.lastTcId + 1, flags: ['Nonsense'] })
    const found = lint([first]).join('\n')
    for (const part of ['repeats', 'numberOfTests is wrong', 'lastTcId', 'flag Nonsense'])
      expect(found).toContain(part)
  })
})

describe('requirements', () => {
  const named = new Set(
    files.flatMap(({ groups }) =>
      groups.flatMap((group) => [
        ...group.requirements,
        ...group.tests.flatMap(({ requirements: own = [] }) => own),
      ]),
    ),
  )
  // Rules of encoding: those whose role is codec, and those of other roles that a decoder shows.
  const encoding = [...requirements.values()].filter(
    ({ role, observable }) => role === 'codec' || observable === 'codec',
  )
  test('every rule of encoding has vectors', () => {
    expect(encoding.length).toBeGreaterThanOrEqual(50)
    expect(encoding.filter(({ id }) => !named.has(id)).map(({ id }) => id)).toEqual([])
  })
})
