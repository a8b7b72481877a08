/**
 * A test runner for Stryker that needs milliseconds for a mutant. Starting vitest anew for each takes seconds; this
 * one bundles the tests with the mutated sources once, keeps them loaded, and calls just the test functions that
 * reach the mutant. A mutant that acts while modules load gets a load of its own.
 *
 * It runs the files that vitest runs, with vitest's own `expect`; of `describe` and `test` it knows what they use.
 * The seed of fast-check is fixed, so that a run can be repeated.
 */
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'
import { build } from 'esbuild'
import { expect } from 'vitest'

/** Where the mutated sources look for the active mutant, and count what is reached. */
const stryker = '__stryker__'
const seed = 1
/** Runs of a law, read by its tests: a mutant needs fewer than a release. */
process.env.LAW_RUNS ??= '15'

/** The tests that files declare while they load. */
class Suite {
  tests = []
  #file = ''
  #names = []

  declare(file, load) {
    this.#file = file
    load()
  }

  /** What a test file imports from vitest. */
  api() {
    const describe = (name, body) => {
      this.#names.push(name)
      body()
      this.#names.pop()
    }
    const test = (name, options, body = options) => {
      const names = [...this.#names, name].join(' > ')
      this.tests.push({
        id: `${this.#file}: ${names} #${this.tests.length}`,
        name: names,
        file: this.#file,
        body,
      })
    }
    const each = (declare) => (rows) => (name, body) => {
      for (const row of rows) {
        const values = Array.isArray(row) ? row : [row]
        const title = row?.name ?? row?.file ?? String(values[0]).slice(0, 40)
        declare(name.replace(/^(?:%s|%j|\$\w+)/, title), () => body(...values))
      }
    }
    return {
      expect,
      describe: Object.assign(describe, { each: each(describe) }),
      test: Object.assign(test, { each: each(test) }),
    }
  }
}

class BundleRunner {
  #bundle
  #packages
  #script
  #tests = []
  /** Milliseconds a test took, by its id. */
  #cost = new Map()
  /** Mutants of a file that a test has killed, by file and test. */
  #kills = new Map()

  constructor(options) {
    this.#bundle = options.bundle
  }

  capabilities() {
    return { reloadEnvironment: true }
  }

  /** Stryker starts a runner in the folder that holds its copy of the sources. */
  async init() {
    const root = process.cwd()
    const files = await testFiles(this.#bundle)
    const { outputFiles, metafile } = await build({
      stdin: {
        contents: files
          .map((file) => `declare(${JSON.stringify(file)}, () => require(${JSON.stringify(`./${file}`)}))`)
          .join('\n'),
        resolveDir: root,
      },
      bundle: true,
      write: false,
      metafile: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      plugins: [{ name: 'import.meta.url', setup: keepUrls }],
    })
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
    this.#packages = await packages(
      imports.map(({ path }) => path).filter((name) => name !== 'vitest'),
      createRequire(join(root, 'package.json')),
    )
    this.#packages.get('fast-check').configureGlobal({ seed })
    const text = outputFiles[0].text
    this.#script = new Script(`(function (require, module, exports, declare) {${text}\n})`, {
      filename: join(root, 'bundle.cjs'),
    })
  }

  /** Loads every file; its modules run again. */
  #load() {
    const suite = new Suite()
    const api = suite.api()
    const module = { exports: {} }
    this.#script.runInThisContext()(
      (id) => (id === 'vitest' ? api : this.#packages.get(id)),
      module,
      module.exports,
      (file, load) => suite.declare(file, load),
    )
    this.#tests = suite.tests
  }

  async dryRun() {
    const state = namespace()
    state.activeMutant = undefined
    state.mutantCoverage = { static: {}, perTest: {} }
    this.#load()
    const tests = []
    for (const test of this.#tests) {
      state.currentTestId = test.id
      const from = performance.now()
      const failure = await failureOf(test)
      state.currentTestId = undefined
      this.#cost.set(test.id, performance.now() - from)
      const common = {
        id: test.id,
        name: test.name,
        fileName: test.file,
        timeSpentMs: performance.now() - from,
      }
      tests.push(
        failure === undefined ? { ...common, status: 0 } : { ...common, status: 1, failureMessage: failure },
      )
    }
    return { status: 'complete', tests, mutantCoverage: state.mutantCoverage }
  }

  async mutantRun({
    activeMutant,
    hitLimit,
    mutantActivation,
    reloadEnvironment,
    sandboxFileName,
    testFilter,
  }) {
    const state = namespace()
    state.mutantCoverage = { static: {}, perTest: {} }
    state.activeMutant = undefined
    state.hitCount = hitLimit === undefined ? undefined : 0
    state.hitLimit = hitLimit
    const isStatic = mutantActivation === 'static'
    if (isStatic) state.activeMutant = activeMutant.id
    if (reloadEnvironment || this.#tests.length === 0) {
      try {
        this.#load()
      } catch (error) {
        this.#tests = []
        if (!isStatic) throw error
        return { status: 'killed', killedBy: [], failureMessage: String(error), nrOfTests: 0 }
      }
    }
    state.activeMutant = activeMutant.id
    const wanted = testFilter && new Set(testFilter)
    let nrOfTests = 0
    try {
      for (const test of this.#likelyFirst(sandboxFileName)) {
        if (wanted && !wanted.has(test.id)) continue
        nrOfTests++
        const failureMessage = await failureOf(test)
        if (state.hitCount > hitLimit) return { status: 'timeout', reason: 'reached too often' }
        if (failureMessage === undefined) continue
        this.#killed(sandboxFileName, test)
        return { status: 'killed', killedBy: [test.id], failureMessage, nrOfTests }
      }
    } finally {
      state.activeMutant = undefined
      // What a mutant left in module state must not judge the next one.
      if (isStatic) this.#tests = []
    }
    return { status: 'survived', nrOfTests }
  }

  #killed(file, { id }) {
    const kills = this.#kills.get(file) ?? new Map()
    this.#kills.set(file, kills.set(id, (kills.get(id) ?? 0) + 1))
  }

  /** The tests, those that killed most mutants of a file first, then the cheap ones: the first failure ends a run. */
  #likelyFirst(file) {
    const kills = this.#kills.get(file) ?? new Map()
    const cost = ({ id }) => this.#cost.get(id) ?? 0
    return this.#tests.toSorted(
      (a, b) => (kills.get(b.id) ?? 0) - (kills.get(a.id) ?? 0) || cost(a) - cost(b),
    )
  }
}

const namespace = () => {
  globalThis[stryker] ??= {}
  return globalThis[stryker]
}

async function failureOf({ body }) {
  try {
    await body()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The test files that the configuration lists: themselves, or all of a folder. */
async function testFiles({ tests, without = [] }) {
  const files = []
  for (const path of tests)
    if (path.endsWith('.ts')) files.push(path)
    else
      for (const name of (await readdir(path)).sort())
        if (name.endsWith('.test.ts')) files.push(`${path}/${name}`)
  return files.filter((file) => !without.includes(file))
}

/** The packages that the bundle asks for. One that can only be imported has a default export and nothing else. */
async function packages(names, require) {
  const found = new Map()
  for (const name of new Set(names))
    try {
      found.set(name, require(name))
    } catch (error) {
      if (error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error
      found.set(name, (await import(name)).default)
    }
  return found
}

/** A bundle has no place of its own: each module keeps the address of its source. */
const keepUrls = (builder) => {
  builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
    const text = await readFile(path, 'utf8')
    const url = JSON.stringify(pathToFileURL(path).href)
    return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' }
  })
}

const factory = (options) => new BundleRunner(options)
factory.inject = ['options']

export const strykerPlugins = [{ kind: 'TestRunner', name: 'bundle', factory }]

/** What the runner adds to the configuration. */
export const strykerValidationSchema = {
  properties: {
    bundle: {
      type: 'object',
      required: ['tests'],
      properties: {
        tests: { type: 'array', items: { type: 'string' } },
        without: { type: 'array', items: { type: 'string' } },
      },
    },
  },
}
