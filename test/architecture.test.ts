/** The layer rule, and what else must stay true of the tree (DESIGN: rooms and arrows). */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && !file.startsWith('conformance/targets/'))
const text = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))

/** What a file imports: paths of this tree, and packages. */
function imports(file: string): { local: string[]; packages: string[] } {
  const specifiers = [...(text.get(file) ?? '').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    (match) => match[1] as string,
  )
  return {
    local: specifiers
      .filter((name) => name.startsWith('.'))
      .map((name) => normalize(join(dirname(file), name))),
    packages: specifiers.filter((name) => !name.startsWith('.')),
  }
}

const room = (file: string) => file.split('/').slice(0, 2).join('/')

/** Rooms each room may import from, besides itself. Arrows point one way. */
const allowed: Record<string, readonly string[]> = {
  'src/codec': [],
  'src/mpp': ['src/codec'],
  'src/channel': ['src/codec', 'src/mpp'],
  'src/chain': ['src/codec', 'src/mpp', 'src/channel'],
  'src/server': ['src/codec', 'src/mpp', 'src/channel', 'src/chain'],
  'src/client': ['src/codec', 'src/mpp', 'src/channel', 'src/chain'],
  'src/cli': ['src/codec', 'src/mpp', 'src/channel', 'src/chain', 'src/server', 'src/client'],
}
const pure = ['src/codec', 'src/mpp', 'src/channel']

describe('layers', () => {
  test.each(Object.keys(allowed))('%s imports only what stands before it', (name) => {
    const wrong = files
      .filter((file) => room(file) === name)
      .flatMap((file) =>
        imports(file)
          .local.filter((to) => room(to) !== name && !allowed[name]?.includes(room(to)))
          .map((to) => `${file} -> ${to}`),
      )
    expect(wrong).toEqual([])
  })

  test('src never imports conformance or test, conformance never test', () => {
    const wrong = files.flatMap((file) =>
      imports(file)
        .local.filter(
          (to) =>
            (file.startsWith('src/') && !to.startsWith('src/')) ||
            (file.startsWith('conformance/') && to.startsWith('test/')),
        )
        .map((to) => `${file} -> ${to}`),
    )
    expect(wrong).toEqual([])
  })

  test('a scenario shares no code with what it judges: only faults and the command line wrap server and client', () => {
    const wrong = files
      .filter((file) => /^conformance\/(runner|suites|report)\//.test(file))
      .flatMap((file) =>
        imports(file)
          .local.filter((to) => /^src\/(server|client|cli)\//.test(to))
          .map((to) => `${file} -> ${to}`),
      )
    expect(wrong).toEqual([])
  })

  test('the runner knows no protocol', () => {
    const wrong = files
      .filter((file) => file.startsWith('conformance/runner/'))
      .flatMap((file) =>
        imports(file)
          .local.filter((to) => to.startsWith('conformance/suites/') || to.startsWith('src/mpp/'))
          .map((to) => `${file} -> ${to}`),
      )
    expect(wrong).toEqual([])
  })
})

describe('purity', () => {
  const sources = files.filter((file) => pure.includes(room(file)))

  test('no node modules, clock, randomness or environment in codec, mpp and channel', () => {
    const wrong = sources.filter((file) => {
      const code = (text.get(file) ?? '').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      return (
        imports(file).packages.some((name) => name.startsWith('node:')) ||
        /\bDate\.now\(|\bnew Date\(\)|Math\.random|crypto\.|process\.|\bfetch\(|setTimeout/.test(code)
      )
    })
    expect(wrong).toEqual([])
  })
})

describe('shape', () => {
  const sources = files.filter((file) => file.startsWith('src/') || file.startsWith('conformance/'))
  const lines = (file: string) => (text.get(file) ?? '').split('\n').length

  test('no file over 400 lines, median under 120', () => {
    expect(sources.filter((file) => lines(file) > 400)).toEqual([])
    const sorted = sources.map(lines).sort((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(120)
  })

  test('every source file says what it is', () => {
    expect(sources.filter((file) => !/^(#!.*\n)?\/\*\*/.test(text.get(file) ?? ''))).toEqual([])
  })
})

describe('lockfiles', () => {
  const lockfiles = execFileSync('git', ['ls-files', '*package-lock.json'], { encoding: 'utf8' })
    .trim()
    .split('\n')
  test.each(lockfiles)('%s names no registry, and the packages of every platform', (file) => {
    const { packages } = JSON.parse(readFileSync(file, 'utf8')) as {
      packages: Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>
    }
    expect(Object.values(packages).filter(({ resolved }) => resolved?.startsWith('http'))).toEqual([])
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
    )
    // Mended by: node .ci/complete-lock.mjs [folder]
    expect(missing).toEqual([])
  })
})
