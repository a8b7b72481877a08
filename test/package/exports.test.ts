/** The sub-paths of the package: each has its index, `.` has all that runs without Node, and those load nothing of Node. */
import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import * as chain from '../../src/chain.ts'
import * as all from '../../src/index.ts'
import * as mpp from '../../src/mpp.ts'

const { exports, sideEffects } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | { types: string; default: string }>
  sideEffects: boolean
}

test('every sub-path names its index and its types', () => {
  expect(sideEffects).toBe(false)
  const indexes = Object.entries(exports).flatMap(([name, at]) =>
    typeof at === 'string' ? [] : [[name, at] as const],
  )
  expect(indexes.map(([name]) => name)).toEqual(expect.arrayContaining(['.', './mpp', './chain', './kit']))
  for (const [name, { types, default: code }] of indexes) {
    const source = code.replace('./dist/', '').replace(/\.js$/, '.ts')
    expect(readFileSync(source, 'utf8'), name).toContain('@module')
    expect(types).toBe(code.replace(/\.js$/, '.d.ts'))
  }
})

test.each(Object.entries({ mpp, chain }))('. has all of ./%s, the same things', (_, part) => {
  for (const [name, value] of Object.entries(part))
    expect(Object.entries(all).find(([known]) => known === name)?.[1], name).toBe(value)
})

test('what needs Node is in . alone', () => {
  const { fileJournal, httpRpc, listen, lmdbStore, serveRpc } = all
  for (const [name, value] of Object.entries({ fileJournal, httpRpc, listen, lmdbStore, serveRpc })) {
    expect(value).toBeTypeOf('function')
    expect(mpp).not.toHaveProperty(name)
    expect(chain).not.toHaveProperty(name)
  }
})

describe('what a sub-path loads', () => {
  /** Packages and built-in modules that the code of an index imports, however late. */
  async function loads(index: string, platform: 'browser' | 'node'): Promise<string[]> {
    const { metafile } = await build({
      entryPoints: [index],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform,
      logLevel: 'silent',
    })
    const inputs = Object.entries(metafile.inputs)
    const builtIn = inputs.flatMap(([, { imports }]) =>
      imports.flatMap(({ path, external }) => (external === true ? [path] : [])),
    )
    const packages = inputs.flatMap(
      ([path]) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1] ?? [],
    )
    return [...new Set([...builtIn, ...packages])].sort()
  }
  const onlyPure = ['abitype', '@noble/curves', '@noble/hashes', 'eventsource-parser', 'ox', 'zod']

  test.each(['src/mpp.ts', 'src/chain.ts'])(
    '%s: no Node, no server, no command line, no store',
    async (index) => {
      const loaded = await loads(index, 'browser')
      expect(loaded.filter((name) => !onlyPure.includes(name))).toEqual([])
      expect(loaded).toContain('ox')
    },
  )

  test('the same look sees what . loads', async () => {
    expect(await loads('src/index.ts', 'node')).toEqual(
      expect.arrayContaining(['@hono/node-server', 'lmdb', 'node:http']),
    )
  })
})
