/** Baselines on disk: lists, and lists that extend another's. */
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadBaseline } from '../../conformance/kit/baseline.ts'
import { temporary } from '../support/cli.ts'

const entry = (check: string) => ({ check, because: 'argued from the section', link: 'a section' })
const folder = dirname(temporary('x'))
const file = (name: string, content: unknown) => {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(content))
  return path
}
const checks = (path: string) => loadBaseline(path).map(({ check }) => check)

describe('a baseline that extends another', () => {
  file('one.yaml', [entry('a.b'), entry('c.d')])
  const except = [{ check: 'a.b', because: 'it passes on this framework' }]

  test('has its entries, without some and with more; over two steps too', () => {
    const two = file('two.yaml', { extends: 'one.yaml', except, also: [entry('e.f')] })
    expect(checks(two)).toEqual(['c.d', 'e.f'])
    expect(checks(file('three.yaml', { extends: 'two.yaml' }))).toEqual(['c.d', 'e.f'])
  })

  test.each<[string, object, RegExp]>([
    ['what it extends is not there', { extends: 'none.yaml' }, /there is no none.yaml/],
    ['it extends itself', { extends: 'bad.yaml' }, /extends itself/],
    ['it lists again what is listed', { extends: 'one.yaml', also: [entry('a.b')] }, /a.b is listed twice/],
    [
      'it leaves out what is not listed',
      { extends: 'one.yaml', except: [{ check: 'x.y', because: 'it passes on this framework' }] },
      /one.yaml does not list x.y/,
    ],
    ['it says no reason', { extends: 'one.yaml', except: [{ check: 'a.b' }] }, /because/],
  ])('is refused where %s', (_, content, message) => {
    expect(() => loadBaseline(file('bad.yaml', content))).toThrow(message)
  })
})

test('a file that is not there lists nothing', () => expect(checks(join(folder, 'absent.yaml'))).toEqual([]))
