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

/** The rooms of src, each with those it may import from besides itself. Arrows point one way. */
const rooms: Record<string, readonly string[]> = {
  'src/codec': [],
  'src/keys': ['src/codec'],
  'src/http': ['src/codec'],
  'src/store': ['src/codec'],
  'src/contracts': ['src/codec', 'src/keys'],
  'src/chain': ['src/codec', 'src/keys', 'src/http', 'src/contracts'],
  ...profile('mpp', ['wire', 'ledger.ts', 'server', 'client']),
  ...profile('x402', ['wire', 'server', 'client', 'facilitator']),
  ...profile('tenzro', ['wire', 'node', 'client', 'a2a']),
  'src/cli': ['src/'],
}

/** The rooms of a profile: `wire` is pure and stands on the contracts; roles never import each other. */
function profile(name: string, [wire = '', ...roles]: string[]): Record<string, string[]> {
  const below = ['src/codec', 'src/keys', 'src/contracts']
  const at = (room: string) => `src/${name}/${room}`
  const shared = roles.filter((role) => role.endsWith('.ts')).map(at)
  const out: Record<string, string[]> = { [at(wire)]: below }
  for (const role of roles)
    out[at(role)] = role.endsWith('.ts')
      ? [...below, at(wire)]
      : [...below, 'src/http', 'src/store', 'src/chain', at(wire), ...shared]
  return out
}

const within = (file: string, place: string) =>
  file === place || file.startsWith(place.endsWith('/') ? place : `${place}/`)
const roomOf = (file: string) => Object.keys(rooms).find((name) => within(file, name))

/** Imports of files that match `from` which match `to`: every one is wrong. */
const arrows = (from: RegExp, to: RegExp): string[] =>
  files
    .filter((file) => from.test(file))
    .flatMap((file) =>
      imports(file)
        .local.filter((target) => to.test(target))
        .map((target) => `${file} -> ${target}`),
    )

/** What a file imports or hands on from this tree: values alone, or types too. */
function importsOf(file: string, kind: 'value' | 'type or value'): string[] {
  const statements = (text.get(file) ?? '').matchAll(
    /^(?:import|export)\s+(type\s)?(?:([^'"]*?)\sfrom\s+)?'(\.[^']+)'|import\('(\.[^']+)'\)/gm,
  )
  return [...statements].flatMap(([, type, names, at, late]) => {
    const inner = /^\{([^}]*)\}$/.exec((names ?? '').trim())?.[1]
    const onlyTypes =
      type !== undefined ||
      inner?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) === true
    if (kind === 'value' && onlyTypes) return []
    return [normalize(join(dirname(file), (at ?? late) as string))]
  })
}

/** The circles of a graph: its strongly connected components of more than one node (Tarjan). */
function circles(nodes: readonly string[], next: (node: string) => readonly string[]): string[][] {
  const found: string[][] = []
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const visit = (node: string): number => {
    const at = index.size
    index.set(node, at)
    low.set(node, at)
    stack.push(node)
    for (const to of next(node)) {
      if (!index.has(to)) low.set(node, Math.min(low.get(node) as number, visit(to)))
      else if (stack.includes(to)) low.set(node, Math.min(low.get(node) as number, index.get(to) as number))
    }
    if (low.get(node) === at) {
      const circle = stack.splice(stack.indexOf(node))
      if (circle.length > 1) found.push(circle.sort())
    }
    return low.get(node) as number
  }
  for (const node of nodes) if (!index.has(node)) visit(node)
  return found
}

describe('layers', () => {
  test('every file of src has a room', () => {
    const homeless = files.filter((file) => file.startsWith('src/') && roomOf(file) === undefined)
    expect(homeless.filter((file) => !/^src\/[\w-]+\.ts$/.test(file))).toEqual([])
  })

  test.each(Object.entries(rooms))('%s imports only what stands before it', (name, allowed) => {
    const wrong = files
      .filter((file) => roomOf(file) === name)
      .flatMap((file) =>
        imports(file)
          .local.filter((to) => !within(to, name) && !allowed.some((place) => within(to, place)))
          .map((to) => `${file} -> ${to}`),
      )
    expect(wrong).toEqual([])
  })

  test('src never imports conformance or test, conformance never test', () => {
    expect(arrows(/^src\//, /^(?!src\/)/)).toEqual([])
    expect(arrows(/^conformance\//, /^test\//)).toEqual([])
  })

  test('the kit names no profile, not even in text', () => {
    const named = files
      .filter((file) => file.startsWith('conformance/kit/'))
      .filter((file) => /\b(mpp|x402|tenzro|tempo|voucher|challenge)/i.test(text.get(file) ?? ''))
    expect(named).toEqual([])
  })

  test('kit <- harness <- peers <- suites <- cli', () => {
    expect(arrows(/^conformance\/kit\//, /^conformance\/(?!kit\/)/)).toEqual([])
    expect(arrows(/^conformance\/harness\//, /^conformance\/(?!kit\/|harness\/)/)).toEqual([])
    expect(arrows(/^conformance\/peers\//, /^conformance\/(suites|cli|report)\//)).toEqual([])
    expect(arrows(/^conformance\/suites\//, /^conformance\/(cli|report)\//)).toEqual([])
  })

  test('a suite shares no code with what it judges: only faults, controls and its stand-ins import the reference', () => {
    for (const role of ['server', 'client', 'facilitator', 'node', 'a2a'])
      expect(
        arrows(
          new RegExp(`^conformance/suites/\\w+/${role}/(?!.*faults\\.ts|.*fault\\.ts|controls|reference)`),
          new RegExp(`^src/\\w+/${role}/|^src/cli/`),
        ),
      ).toEqual([])
    expect(
      arrows(/^conformance\/(kit|harness|peers\/\w+\/payer|report)\//, /^src\/\w+\/(server|client)\//),
    ).toEqual([])
  })
})

describe('circles', () => {
  const sources = files.filter((file) => /^(src|conformance)\//.test(file))

  test('a circle is found, and a chain is none', () => {
    const graph: Record<string, string[]> = { a: ['b'], b: ['c', 'd'], c: ['a'], d: ['e'], e: [] }
    expect(circles(Object.keys(graph), (node) => graph[node] ?? [])).toEqual([['a', 'b', 'c']])
  })

  test('no file needs a value of one that needs a value of it', () => {
    expect(circles(sources, (file) => importsOf(file, 'value'))).toEqual([])
  })

  /** Files whose types name each other, each circle by one of its files, and why they do. */
  const typeCircles: Record<string, string> = {
    'src/chain/memory/chain.ts':
      'methods, logs and test controls are parts of the chain, each in its own file',
    'src/mpp/server/payee.ts':
      'a payee has rules, contracts and a sponsor, and each of them judges for its payee',
  }

  test('types name each other only where listed, and what is listed does', () => {
    const ours = sources.filter((file) => file.startsWith('src/'))
    const found = circles(ours, (file) => importsOf(file, 'type or value'))
    const unlisted = found.filter((circle) => !circle.some((file) => file in typeCircles))
    expect(unlisted).toEqual([])
    const stale = Object.keys(typeCircles).filter((file) => !found.some((circle) => circle.includes(file)))
    expect(stale).toEqual([])
  })
})

describe('purity', () => {
  const pure = /^src\/(codec|keys|contracts|\w+\/wire)\/|^src\/mpp\/ledger\.ts/
  /** Which curve there is depends on what is installed. */
  const impure = ['src/keys/native-curve.ts']
  const sources = files.filter((file) => pure.test(file) && !impure.includes(file))

  test('no node modules, clock, randomness or environment in codec, keys, contracts and wire', () => {
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
