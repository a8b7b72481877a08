/** Every reading that is cited is written down, and no number stands for two. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const readings = [...readFileSync('spec/readings.md', 'utf8').matchAll(/^([A-Z][0-9]+)\. /gm)].map(
  ([, number = '']) => number,
)

/** Numbers that a text cites: `spec/readings.md A3`, `(readings.md E1 and E3)`. */
const citedIn = (text: string): string[] =>
  [...text.matchAll(/readings\.md ([A-Z][0-9]+(?:(?:, | and |-)[A-Z][0-9]+)*)/g)].flatMap(
    ([, list = '']) => list.match(/[A-Z][0-9]+/g) ?? [],
  )

test('what is cited exists', () => {
  const files = execFileSync('git', ['ls-files', 'src', 'conformance', 'test', 'spec'], { encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\.(ts|yaml|md)$/.test(file) && existsSync(file))
  const cited = files.flatMap((file) =>
    citedIn(readFileSync(file, 'utf8')).map((number) => ({ file, number })),
  )
  expect(cited.length).toBeGreaterThan(100)
  expect(cited.filter(({ number }) => !readings.includes(number))).toEqual([])
})

test('no number is given twice', () => {
  expect(readings.filter((number, at) => readings.indexOf(number) !== at)).toEqual([])
})
